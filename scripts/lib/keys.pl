# What the scripts know of keys, by the records of `retain -0 -a`, which is the
# one that reads keys. Lists are NUL-terminated and stay in their order, so that
# two of them are joined in one pass.
#
#   keys.pl ours LISTING COUNT PINS ARCHIVE    records on stdin: of the listing of
#       s3ls -0 -l or -u, whose lines have two fields before the key, the lines of our
#       backups, with time and name before them. COUNT gets how many others
#       there are, how many base backups and WAL files beside them, and the first
#       of the others; PINS the keys that are pinned; ARCHIVE the lines of base
#       backups and WAL. PREFIX is what stands before the date, or *,
#       SUFFIX the filter's.
#   keys.pl glance                  keys on stdin: how many, up to 1,000, and the first
#   keys.pl sum                     a listing on stdin: how many keys, and their bytes
#   keys.pl newest                  ours on stdin: the newest of each database
#   keys.pl sizes                   ours on stdin: of each database, and its newest's bytes
#   keys.pl larger NAME KEY         ours on stdin: bytes of this key; bytes and key of
#       the one before it, or of the largest of the week before
#   keys.pl sample N DIRECTORY      newest on stdin: those of N databases that were
#       verified longest ago or never, by the state in DIRECTORY, and of all that
#       failed then
#   keys.pl judge OURS PINS SUMS SPARED    records of ours on stdin: the keys to
#       delete. SPARED gets those that are pinned, whatever the policy says.
#   keys.pl why SPARED              what retain says of each on stdin, corrected
#   keys.pl pinned PINS MARK        ours on stdin: those that are pinned, one a line
#   keys.pl freed OURS              keys on stdin: how many they are, and their bytes
#   keys.pl table PINS NOW SIZES MARK    ours on stdin, sorted, and their sizes in words
#   keys.pl json PINS NOW           ours on stdin, sorted
#   keys.pl calendar OURS PINS [NAME]    records of ours on stdin
#
# KEY is pinned where KEY.pin is in the same listing: see pin.sh.
use strict;
use warnings;
require($0 =~ s{[^/]*$}{}r . "text.pl");
require($0 =~ s{[^/]*$}{}r . "archive.pl");    # and time.pl

$/ = "\0";    # of lists, which may have a million lines

# The next of a list without its NUL, or undef.
sub next_of {
    my ($list) = @_;
    my $line = <$list>;
    return undef unless defined $line;
    chomp $line or die "a list is cut\n";
    return $line;
}
sub open_list {
    my ($name) = @_;
    open my $list, '<', $name or die "$name: $!\n";
    return $list;
}

# Whether a key is exactly what backup.sh writes for that time.
sub is_ours {
    my ($key, $time, $prefix, $suffix) = @_;
    my ($year, $month, $day, $hour, $minute, $second) = unpack 'A4xA2xA2xA2xA2xA2', $time;
    my $head = "$year/$month/$day/";
    my $tail = "_$hour$minute$second.sql.gz";
    my $last = rindex $key, '/';
    my $date = $last + 1 - length $head;
    return 0 if $date < 0 || substr($key, $date, length $head) ne $head;
    return 0 if $prefix eq '*' ? $date > 0 && substr($key, $date - 1, 1) ne '/' : substr($key, 0, $date) ne $prefix;
    my $name = substr $key, $last + 1;
    for my $end ($tail, "$tail$suffix") {
        return 1 if length $name > length $end && substr($name, -length $end) eq $end;
    }
    return 0;
}

# The keys that have a pin beside them in the listing, whatever they are.
sub find_pins {
    my ($listing) = @_;
    my %pins;
    my $list = open_list($listing);
    while (defined(my $line = next_of($list))) {
        next if substr($line, -4) ne '.pin';
        $pins{$1} = undef if (split /\t/, $line, 3)[2] =~ /^(.+)\.pin\z/s;
    }
    return \%pins;
}
# As ours has written them.
sub read_pins {
    my ($name) = @_;
    my %pins;
    my $list = open_list($name);
    while (defined(my $key = next_of($list))) { $pins{$key} = undef }
    return \%pins;
}
sub write_list {
    my ($name) = @_;
    open my $list, '>', $name or die "$name: $!\n";
    return $list;
}

# A pin is no other key where its backup is there.
sub ours {
    my ($listing, $count, $pinned, $archive) = @_;
    my ($prefix, $suffix) = @ENV{qw(PREFIX SUFFIX)};
    my ($others, $archived, $first) = (0, 0, '');
    my $pins = find_pins($listing);
    my $list_of_pins = write_list($pinned);
    print $list_of_pins map { "$_\0" } sort keys %$pins;
    close $list_of_pins or die "$pinned: $!\n";
    my $list_of_archive = write_list($archive);
    my $list = open_list($listing);
    my $record = next_of(*STDIN);
    while (defined(my $line = next_of($list))) {
        my $key = (split /\t/, $line, 3)[2];
        if (defined $record) {
            my (undef, $time, $name, undef, $timed) = split /\t/, $record, 5;
            if ($timed eq $key) {
                $record = next_of(*STDIN);
                if (is_ours($key, $time, $prefix, $suffix)) {
                    print "$time\t$name\t$line\0";
                    delete $pins->{$key};
                    next;
                }
            }
        }
        next if $key =~ /.\.pin\z/s;
        if (archive_key($key, $prefix, $suffix)) {
            $archived++;
            print $list_of_archive "$line\0";
        } else {
            $first = $key unless $others++;
        }
    }
    close $list_of_archive or die "$archive: $!\n";
    die "retain's records are not those of the keys\n" if defined $record;
    for my $key (sort keys %$pins) { $first = "$key.pin" unless $others++ }
    my $out = write_list($count);
    print $out "$others $archived\n$first\0";
    close $out or die "$count: $!\n";
}

sub glance {
    my ($count, $first) = (0, '');
    while ($count < 1000 && defined(my $key = next_of(*STDIN))) {
        $first = $key unless $count++;
    }
    print "$count\n$first\0";
}

sub sum {
    my ($count, $bytes) = (0, 0);
    while (defined(my $line = next_of(*STDIN))) {
        $count++;
        $bytes += (split /\t/, $line, 2)[0];
    }
    print "$count $bytes\n";
}

# Seconds since 1970, name, key.
sub newest {
    my (%newest, @order);
    while (defined(my $line = next_of(*STDIN))) {
        my ($time, $name, undef, undef, $key) = split /\t/, $line, 5;
        push @order, $name unless $newest{$name};
        $newest{$name} = [$time, $key] if !$newest{$name} || $time ge $newest{$name}[0];
    }
    for my $name (sort { $newest{$a}[1] cmp $newest{$b}[1] } @order) {
        my ($time, $key) = @{$newest{$name}};
        print seconds($time), "\t$name\t$key\0";
    }
}

sub sizes {
    my %newest;
    while (defined(my $line = next_of(*STDIN))) {
        my ($time, $name, $size) = split /\t/, $line, 4;
        $newest{$name} = [$time, $size] if !$newest{$name} || $time ge $newest{$name}[0];
    }
    print "$_\t$newest{$_}[1]\0" for sort keys %newest;
}

sub larger {
    my ($wanted, $of) = @_;
    my ($own, @before);
    while (defined(my $line = next_of(*STDIN))) {
        my ($time, $name, $size, undef, $key) = split /\t/, $line, 5;
        next if $name ne $wanted;
        if ($key eq $of) { $own = [$time, $size] }
        else { push @before, [$time, $size, $key] }
    }
    @before = sort { $b->[0] cmp $a->[0] } grep { $_->[0] lt $own->[0] } @before;
    my $largest = $before[0] or return;
    my $week = seconds($own->[0]) - 7 * 86400;
    for my $each (grep { seconds($_->[0]) >= $week } @before) {
        $largest = $each if $each->[1] > $largest->[1];
    }
    print "$own->[1]\t$largest->[1]\t$largest->[2]\0";
}

# A file of the state is the time and then how it went: see lib/turns.sh.
sub sample {
    my ($count, $directory) = @_;
    my @known;
    while (defined(my $line = next_of(*STDIN))) {
        my $name = (split /\t/, $line, 3)[1];
        my $text = '';
        local $/ = "\n";
        if (open my $file, '<', "$directory/$name.db") { $text = <$file> // '' }
        my ($time, $verdict) = (split(/ /, $text, 3), '', '');
        push @known, [$time, $verdict eq 'FAILED', $line];
    }
    # The sort keeps the order of those that are equal.
    for my $each (sort { $a->[0] cmp $b->[0] } @known) {
        print "$each->[2]\0" if $each->[1] || $count-- > 0;
    }
}

# Each of ours with what retain makes of it. The lists must be the same keys.
sub each_judged {
    my ($ours, $do) = @_;
    my $list = open_list($ours);
    while (defined(my $line = next_of($list))) {
        my ($time, $name, $size, undef, $key) = split /\t/, $line, 5;
        my $record = next_of(*STDIN) // die "retain's records are not those of the keys\n";
        my ($verdict, undef, undef, undef, $judged) = split /\t/, $record, 5;
        die "retain's records are not those of the keys\n"
            unless defined $judged && $judged eq $key && $verdict =~ /^(?:keep|delete)$/;
        $do->($verdict, $time, $name, $size, $key);
    }
    die "retain's records are not those of the keys\n" if defined next_of(*STDIN);
}

# SUMS: kept, to delete, bytes of these, pinned; then the databases that would have no
# backup any more.
sub judge {
    my ($ours, $pinned_keys, $sums, $spared) = @_;
    my ($kept, $doomed, $freed, $pinned, %left) = (0, 0, 0, 0);
    my $pins = read_pins($pinned_keys);
    my $safe = write_list($spared);
    each_judged($ours, sub {
        my ($verdict, undef, $name, $size, $key) = @_;
        my $pin = exists $pins->{$key};
        $left{$name} += 0;
        $pinned++ if $pin;
        if ($verdict eq 'keep' || $pin) {
            $kept++;
            $left{$name}++;
            print $safe "$key\0" if $verdict ne 'keep';
        } else {
            $doomed++;
            $freed += $size;
            print "$key\0";
        }
    });
    close $safe or die "$spared: $!\n";
    my $out = write_list($sums);
    print $out "$kept $doomed $freed $pinned\n", map { "$_\0" } sort grep { !$left{$_} } keys %left;
    close $out or die "$sums: $!\n";
}

# retain knows of no pins; it makes keys visible.
sub why {
    my ($spared) = @_;
    my %spared;
    my $list = open_list($spared);
    while (defined(my $key = next_of($list))) { $spared{visible($key)} = undef }
    local $/ = "\n";
    while (defined(my $line = <STDIN>)) {
        chomp $line;
        $line = "keep $1 pinned" if $line =~ /^delete (.*)\z/s && exists $spared{$1};
        print "$line\0";
    }
}

sub pinned {
    my ($pinned_keys, $mark) = @_;
    my $pins = read_pins($pinned_keys);
    while (defined(my $line = next_of(*STDIN))) {
        my $key = (split /\t/, $line, 5)[4];
        print $mark ? printable($key, '?') : $key, "\n" if exists $pins->{$key};
    }
}

sub freed {
    my ($ours) = @_;
    my ($count, $freed, %gone) = (0, 0);
    while (defined(my $key = next_of(*STDIN))) {
        $gone{$key} = undef;
        $count++;
    }
    my $list = open_list($ours);
    while (%gone && defined(my $line = next_of($list))) {
        my (undef, undef, $size, undef, $key) = split /\t/, $line, 5;
        $freed += $size if exists $gone{$key};
    }
    print "$count $freed\n";
}

# The database's name, of that in the key.
sub database {
    my ($name) = @_;
    $name =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ge;
    return $name;
}
sub table {
    my ($pinned_keys, $now, $sizes, $mark) = @_;
    my $pins = read_pins($pinned_keys);
    open my $words, '<', $sizes or die "$sizes: $!\n";
    printf "%-19s  %5s  %-16s %9s  %s\n", 'TIME (UTC)', 'AGE', 'DATABASE', 'SIZE', 'KEY';
    while (defined(my $line = next_of(*STDIN))) {
        my ($time, $name, undef, undef, $key) = split /\t/, $line, 5;
        my $size = do { local $/ = "\n"; <$words> } =~ s/\n//r;
        my $pin = exists $pins->{$key} ? '  pinned' : '';
        $key = printable($key, '?') if $mark;
        printf "%s %s  %5s  %-16s %9s  %s$pin\n", substr($time, 0, 10), substr($time, 11, 8),
            age($now - seconds($time)), printable(database($name), '?'), $size, $key;
    }
}
sub json {
    my ($pinned_keys, $now) = @_;
    my $pins = read_pins($pinned_keys);
    while (defined(my $line = next_of(*STDIN))) {
        my ($time, $name, $size, undef, $key) = split /\t/, $line, 5;
        printf qq({"time": "%s", "age": %d, "database": %s, "size": %s, "key": %s, "pinned": %s}\n),
            $time, $now - seconds($time), json_string(database($name)), $size, json_string($key),
            exists $pins->{$key} ? 'true' : 'false';
    }
}

sub calendar {
    my ($ours, $pinned_keys, $only) = @_;
    my (%held, %doomed);
    my $pins = read_pins($pinned_keys);
    each_judged($ours, sub {
        my ($verdict, $time, $name, undef, $key) = @_;
        return if defined $only && $name ne $only;
        my $day = substr $time, 0, 10;
        $held{$day}++;
        $doomed{$day} = 1 if $verdict eq 'delete' && !exists $pins->{$key};
    });
    my %months = map { substr($_, 0, 7) => 1 } keys %held;
    show_month($_, \%held, \%doomed) for sort keys %months;
}
sub show_month {
    my ($month, $held, $doomed) = @_;
    my ($year, $number) = split /-/, $month;
    my $first = days($year, $number, 1);
    my $last = ($number == 12 ? days($year + 1, 1, 1) : days($year, $number + 1, 1)) - $first;
    my $column = ($first + 3) % 7;    # 1970 began on a Thursday
    my $name = (qw(January February March April May June July August September October November December))[$number - 1];
    print "$name $year\n    Mo    Tu    We    Th    Fr    Sa    Su\n", ' ' x (6 * $column);
    for my $day (1 .. $last) {
        my $date = sprintf '%s-%02d', $month, $day;
        printf '%5s%s', $held->{$date} // '.', $doomed->{$date} ? '*' : ' ';
        print "\n" unless ($column + $day) % 7;
    }
    print "\n\n";
}

my %modes = (ours => \&ours, glance => \&glance, sum => \&sum, newest => \&newest, sizes => \&sizes,
    larger => \&larger, sample => \&sample, judge => \&judge, why => \&why, freed => \&freed, pinned => \&pinned,
    table => \&table, json => \&json, calendar => \&calendar);
my $mode = shift @ARGV;
$modes{$mode}->(@ARGV);
close STDOUT or die "stdout: $!\n";
