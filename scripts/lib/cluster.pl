# What the scripts know of archives of base backups and WAL; see archive.pl for
# what the keys are. LISTING is by s3ls -0 -l; PREFIX and SUFFIX are in the
# environment, and FACTS the name of the file of what is not in the names.
#
#   cluster.pl wanted LISTING        what FACTS is made of, a line each: kind
#                                    (history or mark), system, timeline or id, key
#   cluster.pl forks SYSTEM TIMELINE   a history on stdin, as lines of FACTS
#   cluster.pl mark SYSTEM ID        the content of a mark on stdin, likewise
#   cluster.pl wal SIZE              ranges of the WAL on stdin (timeline, from, to):
#                                    the segments that they are in
#   cluster.pl choose LISTING KIND TARGET SYSTEM TIMELINE   the base backup to recover
#                                    from: system, target timeline, key, key of its mark
#   cluster.pl table|json|calendar LISTING NOW   the windows that can be recovered
#   cluster.pl newest LISTING SYSTEM   where the newest window ends
#   cluster.pl reach LISTING GONE    of each cluster its newest window, without the keys of
#                                    GONE, which were deleted: system, from, until
#   cluster.pl spaces                the content of a mark on stdin: the tablespaces, OID
#                                    and location, NUL-terminated
use strict;
use warnings;
no warnings 'portable';

my $here = $0 =~ s{[^/]*$}{}r;
require "${here}archive.pl";
require "${here}text.pl";

my ($prefix, $suffix, $facts) = map { $_ // '' } @ENV{qw(PREFIX SUFFIX FACTS)};
sub archive { return read_archive($_[0], $prefix, $suffix, $facts) }

sub wanted {
    my ($listing) = @_;
    my $systems = read_archive($listing, $prefix, $suffix);
    for my $system (sort { $a->{id} <=> $b->{id} } values %$systems) {
        print "mark\t$system->{id}\t$_->{id}\t$_->{mark}\0" for @{$system->{good}};
        print "history\t$system->{id}\t$_\t$system->{histories}{$_}\0" for sort { $a <=> $b } keys %{$system->{histories}};
    }
}
sub forks {
    my ($system, $timeline) = @_;
    my $lines = 0;
    while (my $line = <STDIN>) {
        next unless $line =~ m{^\s*(\d+)\s+([0-9A-F]+)/([0-9A-F]+)\s}i;
        printf "%s fork %d %d %d\n", $system, $timeline, $1, (hex($2) << 32) + hex $3;
        $lines++;
    }
    die "the history of timeline $timeline is empty\n" unless $lines;
}
sub mark {
    my ($system, $id) = @_;
    my $text = join '', <STDIN>;
    print "$system size $1\n" if $text =~ /"segment": (\d+)/;
    printf "%s ended %s %d\n", $system, $id, seconds($1) if $text =~ /"ended": "(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)"/;
}
sub wal {
    my ($size) = @_;
    my %names;
    while (my $line = <STDIN>) {
        my ($timeline, $from, $to) = split ' ', $line;
        my $system = {size => $size};
        $names{segment_name($system, hex $timeline, $_)} = 1
            for segment_of($system, hex $from) .. segment_of($system, (hex $to) - 1);
    }
    print map { "$_\n" } sort keys %names;
}

# ---- windows

# The windows of a timeline, oldest first: from (seconds), until, bases, first
# and last segment, gap (undef, or the names of its first and last segment).
sub windows {
    my ($system, $timeline) = @_;
    my $chain = chain($system, $timeline) or return ();
    my (%windows, @order);
    for my $base (@{$system->{good}}) {
        next unless on_chain($chain, $base);
        my ($end, $stored, $partial) = run($system, $chain, $base->{first});
        next if $end < $base->{last};
        my $window = $windows{$end};
        unless ($window) {
            $window = $windows{$end} = {from => $base->{ended}, until => 0, bases => [], last => $end, partial => $partial};
            push @order, $window;
            $window->{until} = $stored;
            $window->{until} = $base->{ended} if $base->{ended} > $stored;
            my $next = next_after($system, $chain, $end);
            $window->{gap} = [$end + 1, $next - 1] if defined $next && $next > $end + 1;
            $window->{gap} = [$end, $end] if defined $next && $partial;
        }
        $window->{from} = $base->{ended} if $base->{ended} < $window->{from};
        push @{$window->{bases}}, $base;
    }
    for my $window (@order) {
        next unless $window->{gap};
        $window->{gap} = [map { segment_name($system, owner($system, $chain, $_), $_) } @{$window->{gap}}];
    }
    return @order;
}
# Those of all clusters and timelines that have a base backup or WAL.
sub each_window {
    my ($systems, $do) = @_;
    for my $system (sort { $a->{id} <=> $b->{id} } values %$systems) {
        for my $timeline (timelines($system)) {
            $do->($system, $timeline, windows($system, $timeline));
        }
    }
}
sub gap_words {
    my ($gap) = @_;
    return '' unless $gap;
    return $gap->[0] eq $gap->[1] ? "missing: $gap->[0]" : "missing: $gap->[0] to $gap->[1]";
}
sub table {
    my ($listing, $now) = @_;
    printf "%-20s %4s  %-20s %-20s %5s %5s  %s\n", 'CLUSTER', 'LINE', 'FROM (UTC)', 'UNTIL ABOUT', 'AGE', 'BASES', 'THEN';
    each_window(archive($listing), sub {
        my ($system, $timeline, @windows) = @_;
        printf "%-20s %4d  %s\n", $system->{id}, $timeline, 'nothing can be recovered: there is no base backup with its WAL' unless @windows;
        for my $window (@windows) {
            printf "%-20s %4d  %s %s %5s %5d  %s\n", $system->{id}, $timeline, rfc3339($window->{from}), rfc3339($window->{until}),
                age($now > $window->{until} ? $now - $window->{until} : 0), scalar @{$window->{bases}}, gap_words($window->{gap});
        }
    });
}
sub json {
    my ($listing, $now) = @_;
    each_window(archive($listing), sub {
        my ($system, $timeline, @windows) = @_;
        for my $window (@windows) {
            my $gap = $window->{gap} ? sprintf '["%s", "%s"]', @{$window->{gap}} : 'null';
            printf qq({"system": "%s", "timeline": %d, "from": "%s", "until": "%s", "age": %d, "bases": [%s], "gap": %s}\n),
                $system->{id}, $timeline, rfc3339($window->{from}), rfc3339($window->{until}), $now - $window->{until},
                join(', ', map { json_string($_->{key}) } @{$window->{bases}}), $gap;
        }
    });
}
# A line for each month: of each day, # where every second of it can be reached, +
# where some can.
sub calendar {
    my ($listing, $now) = @_;
    my (%all, %some);
    each_window(archive($listing), sub {
        my ($system, undef, @windows) = @_;
        for my $window (@windows) {
            for (my $day = int($window->{from} / 86400); $day * 86400 <= $window->{until}; $day++) {
                my $whole = $window->{from} <= $day * 86400 && $window->{until} >= ($day + 1) * 86400;
                my $days = $whole ? \%all : \%some;
                $days->{$system->{id}}{$day} = 1;
            }
        }
    });
    for my $id (sort { $a <=> $b } keys %{{%all, %some}}) {
        my %months;
        push @{$months{substr rfc3339($_ * 86400), 0, 7}}, $_ for keys %{{%{$all{$id} // {}}, %{$some{$id} // {}}}};
        print "$id   1   5    10   15   20   25   30\n";
        for my $month (sort keys %months) {
            my $line = '.' x 31;
            for my $day (@{$months{$month}}) {
                substr $line, substr(rfc3339($day * 86400), 8, 2) - 1, 1, $all{$id}{$day} ? '#' : '+';
            }
            printf "%*s %s\n", length($id) + 2, $month, $line;
        }
    }
    print "# every second of the day can be reached; + some can\n";
}

# ---- a place to recover to

sub choose {
    my ($listing, $kind, $target, $id, $timeline) = @_;
    my $systems = archive($listing);
    my @ids = grep { @{$systems->{$_}{good}} } sort keys %$systems;
    die 'there is no base backup', $id eq '' ? '' : " of the cluster $id", "\n" unless @ids;
    $id = $ids[0] if $id eq '' && @ids == 1;
    die "there are several clusters, name one of them by --system: @ids\n" if $id eq '';
    my $system = $systems->{$id} // die "there is no archive of the cluster $id\n";
    my @timelines = timelines($system);
    $timeline = $timelines[-1] if $timeline eq '';
    my $chain = chain($system, $timeline) // die "the history of timeline $timeline is missing\n";
    my @good = grep { on_chain($chain, $_) && (run($system, $chain, $_->{first}))[0] >= $_->{last} } @{$system->{good}};
    die "there is no base backup of timeline $timeline and its ancestors that has its WAL\n" unless @good;
    my @fit = grep { before_target($_, $kind, $target) } @good;
    die 'no base backup had ended by then: the earliest place to recover to is ', rfc3339($good[0]{ended}), "\n" unless @fit;
    check_reach($system, $timeline, $fit[-1], $target) if $kind eq 'time';
    print join("\t", $id, $timeline, $fit[-1]{key}, $fit[-1]{mark}), "\n";
}
sub before_target {
    my ($base, $kind, $target) = @_;
    return $base->{ended} <= $target if $kind eq 'time';
    return $base->{to} <= $target if $kind eq 'lsn';
    return $base->{key} eq $target if $kind eq 'base';
    return 1;
}
sub check_reach {
    my ($system, $timeline, $base, $target) = @_;
    for my $window (windows($system, $timeline)) {
        next unless grep { $_ == $base } @{$window->{bases}};
        return if $target <= $window->{until} || !$window->{gap};
        die 'WAL is missing behind ', rfc3339($window->{until}), ': ', gap_words($window->{gap}) =~ s/missing: //r, "\n";
    }
}
sub newest {
    my ($listing, $id) = @_;
    my $system = archive($listing)->{$id} or die "there is no archive of the cluster $id\n";
    my $timeline = (timelines($system))[-1];
    my @windows = windows($system, $timeline) or die "nothing of it can be recovered\n";
    print segment_name($system, owner($system, chain($system, $timeline), $windows[-1]{last}), $windows[-1]{last}), "\n";
}

sub reach {
    my ($listing, $gone) = @_;
    my (%gone, $left);
    open my $keys, '<', $gone or die "$gone: $!\n";
    { local $/ = "\0"; while (my $key = <$keys>) { chomp $key; $gone{$key} = 1 } }
    open my $list, '<', $listing or die "$listing: $!\n";
    while (my $line = next_listed($list)) { $left .= join("\t", @$line) . "\0" unless $gone{$line->[2]} }
    my $systems = archive(\($left //= ''));
    for my $system (sort { $a->{id} <=> $b->{id} } values %$systems) {
        my $timeline = (timelines($system))[-1] or next;
        my @windows = windows($system, $timeline) or next;
        print "$system->{id} $windows[-1]{from} $windows[-1]{until}\n";
    }
}

sub spaces {
    my $text = join '', <STDIN>;
    my ($members) = $text =~ /"tablespaces": \{(.*)\}\}/s or return;
    while ($members =~ /"(\d+)": "((?:[^"\\]|\\.)*)"/gs) {
        my ($oid, $location) = ($1, $2);
        $location =~ s/\\(.)/$1 eq 'n' ? "\n" : $1 eq 't' ? "\t" : $1/gse;
        print "$oid\t$location\0";
    }
}

my %modes = (wanted => \&wanted, forks => \&forks, mark => \&mark, wal => \&wal, choose => \&choose, newest => \&newest, spaces => \&spaces, reach => \&reach,
    table => \&table, json => \&json, calendar => \&calendar);
my $mode = shift @ARGV;
$modes{$mode}->(@ARGV);
close STDOUT or die "stdout: $!\n";
