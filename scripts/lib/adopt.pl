# Which keys of other tools are backups, of what and of when: a pure filter.
#
#   adopt.pl read LISTING OURS LEFT      the keys of LISTING (s3ls -0 -l) that can be
#       backups, each as two texts: the key, and the target without its ending. OURS
#       are those that keys.pl knows. The rest goes to LEFT, with the reason.
#   adopt.pl settle THERE LEFT           on stdin these, each with a third text, its
#       kind: sql, gz or dump. Written are those that are to be copied: key, target,
#       kind. THERE are the keys below PREFIX; LEFT gets those that are there already,
#       and those whose target another has that stands before them.
#
# All texts end with a NUL. PREFIX is what stands before the date in our keys, SUFFIX
# the filter's; DATABASE, if it is not empty, the database of all of them.
#
# Times are taken for UTC. Where a key has no time of day it is that of the object, if
# that is of the same day, else 000000; where it has a week or a month only, that of
# the object, if that is in it, else its first day, 000000.
use strict;
use warnings;
require($0 =~ s{[^/]*$}{}r . "time.pl");

my ($prefix, $suffix, $database) = map { $_ // '' } @ENV{qw(PREFIX SUFFIX DATABASE)};

my $ending = qr/\.(?:(?:(?:sql|psql|pgsql)(?:\.gz)?)|gz|dump|pgdump|custom|backup)\z/i;
my $date = qr/(?<year>\d{4})(?<dash>[-_.]?)(?<month>\d\d)\k<dash>(?<day>\d\d)/;
my $time = qr/(?<hour>\d\d)(?:(?<colon>[-_:.]?)(?<minute>\d\d)(?:\k<colon>(?<second>\d\d)(?:[.,]\d{1,9})?)?|h(?<minute>\d\d)m?)Z?/;
my $weekday = qr/\.(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day/;
my $when = qr/$date(?:[-_.T ]?$time)?$weekday?/;
my $between = qr/[-_. ]/;

sub texts {
    my ($list) = @_;
    local $/ = "\0";
    my @texts = <$list>;
    for (@texts) { chomp or die "a list is cut\n" }
    return @texts;
}
sub texts_of {
    my ($name) = @_;
    open my $list, '<', $name or die "$name: $!\n";
    return texts($list);
}

# As encode_name in keys.sh.
sub encoded {
    my ($name) = @_;
    return $name =~ s{([/%\x00-\x1f\x7f])}{sprintf '%%%02X', ord $1}ger;
}

sub is_date {
    my ($year, $month, $day) = @_;
    return $year >= 1970 && $month >= 1 && $month <= 12 && $day >= 1 &&
        rfc3339(86400 * days($year, $month, $day)) eq sprintf '%04d-%02d-%02dT00:00:00Z', $year, $month, $day;
}

# within STORED FIRST DAYS: the time of the object, if it is in these days, or when
# they begin.
sub within {
    my ($stored, $first, $days) = @_;
    my $begin = $first * 86400;
    return $stored >= $begin && $stored < $begin + $days * 86400 ? $stored : $begin;
}
sub of_week {
    my ($year, $week, $stored) = @_;
    my $fourth = days($year, 1, 4);    # which is in week 1, and 1970 began on a Thursday
    my $monday = $fourth - ($fourth + 3) % 7 + 7 * ($week - 1);
    my $thursday = rfc3339(86400 * ($monday + 3));
    return undef unless $year >= 1970 && $week >= 1 && substr($thursday, 0, 4) == $year;
    return within($stored, $monday, 7);
}
sub of_month {
    my ($year, $month, $stored) = @_;
    return undef unless is_date($year, $month, 1);
    my $first = days($year, $month, 1);
    my $next = $month == 12 ? days($year + 1, 1, 1) : days($year, $month + 1, 1);
    return within($stored, $first, $next - $first);
}
# Of what $when has matched: seconds since 1970, or undef.
sub of_match {
    my ($stored, %at) = @_;
    return undef unless is_date(@at{qw(year month day)});
    my $day = days(@at{qw(year month day)});
    return within($stored, $day, 1) unless defined $at{hour};
    my $second = $at{second} // 0;
    return undef unless $at{hour} < 24 && $at{minute} < 60 && $second < 60;
    return $day * 86400 + $at{hour} * 3600 + $at{minute} * 60 + $second;
}

# shape STEM STORED: the name, as it stands in our keys, and the time of a key without
# its ending. The name is undef where there is none, the time where it is not valid;
# nothing is returned where there is no date.
sub shape {
    my ($stem, $stored) = @_;
    my ($folder, $file) = $stem =~ m{^(?:(.*)/)?([^/]*)\z}s;
    $folder //= '';
    # The form of s3pipe, and of what it takes the place of.
    if ($folder =~ m{(?:^|/)(?<year>\d{4})/(?<month>\d\d)/(?<day>\d\d)\z}) {
        my %at = %+;
        return ($1, of_match($stored, %at, hour => $2, minute => $3, second => $4)) if $file =~ /^(.+)_(\d\d)(\d\d)(\d\d)\z/s;
    }
    # postgres-backup-local's weeks and months; its days are as those of many.
    if ($folder =~ m{(?:^|/)(weekly|monthly)\z} && $file =~ /^(?:(?<name>.+)-)?(?<year>\d{4})(?<part>\d\d)\z/s) {
        my ($name, $year, $part) = @+{qw(name year part)};
        my $is = $folder =~ /weekly\z/ ? of_week($year, $part, $stored) : of_month($year, $part, $stored);
        return (defined $name ? encoded($name) : undef, $is) if defined $is;
    }
    if ($file =~ /^(?:(?<name>.+?)(?:$between|(?<!\d)))?$when\z/s || $file =~ /^$when$between(?<name>.+)\z/s) {
        my %at = %+;
        return (defined $at{name} ? encoded($at{name}) : undef, of_match($stored, %at));
    }
    # A folder for each day.
    if ($folder =~ m{(?:^|/)(?:$date|(?<year>\d{4})/(?<month>\d\d)/(?<day>\d\d))\z}) {
        return (encoded($file), of_match($stored, %+));
    }
    return;
}

# The target of a key without its ending, or undef and why there is none.
sub target {
    my ($key, $size, $stored) = @_;
    (my $stem = $key) =~ s/$ending// or return (undef, 'its name ends in none of .sql.gz, .sql, .gz, .dump, .pgdump, .custom and .backup');
    my ($name, $is) = shape($stem, $stored) or return (undef, 'there is no date in its name');
    return (undef, 'its date or time is not a valid one') unless defined $is;
    return (undef, 'its date is more than a day after it was stored') if $is > $stored + 86400;
    $name = encoded($database) if $database ne '';
    return (undef, 'its name has no database: name it by --database') unless defined $name && $name ne '';
    return (undef, 'it is empty') unless $size > 0;
    my ($year, $month, $day, $hour, $minute, $second) = unpack 'A4xA2xA2xA2xA2xA2', rfc3339($is);
    return "$prefix$year/$month/$day/${name}_$hour$minute$second";
}

sub open_left {
    my ($name) = @_;
    open my $left, '>', $name or die "$name: $!\n";
    return $left;
}

sub read_keys {
    my ($listing, $ours, $left) = @_;
    my %ours = map { (split /\t/, $_, 5)[4] => undef } texts_of($ours);
    $left = open_left($left);
    for my $line (texts_of($listing)) {
        my ($size, $stored, $key) = split /\t/, $line, 3;
        my ($target, $why) = exists $ours{$key} ? (undef, 'it is a backup of s3pipe already') : target($key, $size, seconds($stored));
        if (defined $target) { print "$key\0$target\0" }
        else { print $left "$key: $why\0" }
    }
    close $left or die "$!\n";
}

sub settle {
    my ($there, $left) = @_;
    my %there = map { $_ => undef } texts_of($there);
    my (%taken, @list);
    $left = open_left($left);
    @list = texts(*STDIN);
    while (my ($key, $base, $kind) = splice @list, 0, 3) {
        my @forms = $kind eq 'dump' ? ("$base.dump") : ("$base.sql.gz$suffix", "$base.sql.gz");
        my ($held) = grep { exists $there{$_} } @forms;
        if (defined $held) { print $left "$key: $held is already there\0" }
        elsif (defined $taken{$forms[0]}) { print $left "$key: $taken{$forms[0]} has the same target, $forms[0]\0" }
        else {
            $taken{$forms[0]} = $key;
            print "$key\0$forms[0]\0$kind\0";
        }
    }
    close $left or die "$!\n";
}

my %modes = (read => \&read_keys, settle => \&settle);
my $mode = shift @ARGV;
$modes{$mode}->(@ARGV);
close STDOUT or die "stdout: $!\n";
