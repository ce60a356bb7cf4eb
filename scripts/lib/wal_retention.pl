# Which objects of archives of base backups and WAL are no longer needed: a pure
# filter, for deleting is the most dangerous thing that is done here.
#
#   wal_retention.pl bases LISTING            the base backups that count, for retain(1)
#   wal_retention.pl judge LISTING NOW WINDOW SUMS    retain's records of these on
#                                    stdin: the keys to delete, marks first
#
# LISTING is by s3ls -0 -l; PREFIX, SUFFIX and FACTS as for cluster.pl. Kept are:
#
#   - the base backups that the policy keeps, and those in the window that none
#     before them leads up to;
#   - of each timeline that was written to in the window, or that no other goes on
#     from, the newest base backup that had ended before the window (the pivot),
#     and from there on all WAL of it, and of its ancestors up to where they fork;
#   - of each base backup that is kept the WAL from its FROM to its TO;
#   - all histories of timelines, and every key that is none of ours.
#
# Of a cluster with no base backup that counts, or with a timeline whose history
# is missing, nothing goes.
use strict;
use warnings;

my $here = $0 =~ s{[^/]*$}{}r;
require "${here}archive.pl";
my ($prefix, $suffix, $facts) = map { $_ // '' } @ENV{qw(PREFIX SUFFIX FACTS)};
my $day = 86400;

sub bases {
    my ($listing) = @_;
    my $systems = read_archive($listing, $prefix, $suffix);
    for my $id (sort { $a <=> $b } keys %$systems) {
        print map { "$_->{key}\0" } @{$systems->{$id}{good}};
    }
}

# What retain says: {key => keep or delete}.
sub verdicts {
    my %verdicts;
    local $/ = "\0";
    while (my $record = <STDIN>) {
        chomp $record or die "retain's records are cut\n";
        my ($verdict, undef, undef, undef, $key) = split /\t/, $record, 5;
        die "retain's records are not those of the base backups\n" unless defined $key && $verdict =~ /^(?:keep|delete)$/;
        $verdicts{$key} = $verdict;
    }
    return \%verdicts;
}

# plan SYSTEM VERDICTS BEGIN: sets keep of each base backup, and returns the WAL that
# is needed: timeline, first and last segment; undef where nothing is to go.
sub plan {
    my ($system, $verdicts, $begin) = @_;
    my @good = @{$system->{good}} or return undef;
    my %chains = map { $_ => chain($system, $_) } timelines($system);
    return undef if grep { !defined } values %chains;
    for my $base (@good) {
        my $verdict = $verdicts->{$base->{key}} // die "retain does not judge $base->{key}\n";
        $base->{keep} = $verdict eq 'keep';
    }
    my $spans = pivots($system, \%chains, $begin);
    keep_in_window($system, \%chains, $begin);
    for my $base (grep { $_->{keep} } @good) {
        push @$spans, map { [$_, $base->{first}, $base->{last}] } $base->{from_timeline} .. $base->{to_timeline};
    }
    return $spans;
}
# Keeps the pivots, and returns the WAL from there on. An idle server writes
# nothing for weeks, and what it wrote before is what it has.
sub pivots {
    my ($system, $chains, $begin) = @_;
    my (@spans, %left);
    for my $chain (values %$chains) {
        $left{$chain->[$_][0]} = 1 for 0 .. $#$chain - 1;
    }
    for my $timeline (keys %$chains) {
        next if $left{$timeline} && !was_written($system, $timeline, $begin);
        my $chain = $chains->{$timeline};
        my @before = grep { $_->{ended} <= $begin && on_chain($chain, $_) } @{$system->{good}};
        my $first = 0;    # no base backup is older than the window: all WAL stays
        if (@before) {
            $before[-1]{keep} = 1;
            $first = $before[-1]{first};
        }
        push @spans, map { [$_->[0], $first, segment_of($system, $_->[2])] } @$chain;
    }
    return \@spans;
}
sub was_written {
    my ($system, $timeline, $begin) = @_;
    for my $form (qw(full partial)) {
        return 1 if grep { $_ > $begin } values %{$system->{$form}{$timeline} // {}};
    }
    return scalar grep { $_->{to_timeline} == $timeline && $_->{ended} > $begin } @{$system->{good}};
}
# A base backup in the window may go only if one that is kept leads up to it, on
# its timeline and without a gap: else what comes after it could not be reached.
sub keep_in_window {
    my ($system, $chains, $begin) = @_;
    for my $base (@{$system->{good}}) {
        next if $base->{keep} || $base->{ended} <= $begin;
        $base->{keep} = !grep { $_->{keep} && leads_to($system, $chains, $_, $base) } @{$system->{good}};
    }
}
sub leads_to {
    my ($system, $chains, $first, $second) = @_;
    return 0 if $first->{from_timeline} != $second->{to_timeline} || $first->{to_timeline} != $second->{to_timeline}
        || $second->{from_timeline} != $second->{to_timeline} || $first->{to} > $second->{from};
    my ($end) = run($system, $chains->{$first->{from_timeline}}, $first->{first});
    return $end >= $second->{last};
}

sub is_needed {
    my ($spans, $timeline, $number) = @_;
    return scalar grep { $_->[0] == $timeline && $number >= $_->[1] && $number <= $_->[2] } @$spans;
}

# doomed SYSTEM IS NOW: whether a key goes.
sub doomed {
    my ($system, $is, $now) = @_;
    return 0 if $is->{kind} eq 'history';
    if ($is->{kind} eq 'segment') {
        my $timeline = hex substr $is->{name}, 0, 8;
        my $each = (1 << 32) / $system->{size};
        return !is_needed($system->{spans}, $timeline, hex(substr $is->{name}, 8, 8) * $each + hex(substr $is->{name}, 16));
    }
    my $base = $system->{bases}{$is->{id}} or return 0;    # a mark alone
    return !$base->{keep} if $base->{mark};
    # Without a mark: it was cut, or is being made.
    return $base->{stored} < $now - $day && seconds($base->{started}) < $now - $day;
}

sub judge {
    my ($listing, $now, $window, $sums) = @_;
    my $systems = read_archive($listing, $prefix, $suffix, $facts);
    my $verdicts = verdicts();
    for my $system (values %$systems) {
        $system->{spans} = plan($system, $verdicts, $now - $window);
    }
    my ($kept, $gone, $freed, @later) = (0, 0, 0);
    open my $list, '<', $listing or die "$listing: $!\n";
    while (my $line = next_listed($list)) {
        my ($size, undef, $key) = @$line;
        my $is = archive_key($key, $prefix, $suffix) or next;
        my $system = $systems->{$is->{system}};
        if (!$system->{spans} || !doomed($system, $is, $now)) {
            $kept++;
            next;
        }
        $gone++;
        $freed += $size;
        # Without its mark a base backup no longer counts, whatever happens then.
        if ($is->{kind} eq 'mark') { print "$key\0" } else { push @later, $key }
    }
    print map { "$_\0" } @later;
    open my $out, '>', $sums or die "$sums: $!\n";
    print $out "$kept $gone $freed\n";
    close $out or die "$sums: $!\n";
}

my %modes = (bases => \&bases, judge => \&judge);
my $mode = shift @ARGV;
$modes{$mode}->(@ARGV);
close STDOUT or die "stdout: $!\n";
