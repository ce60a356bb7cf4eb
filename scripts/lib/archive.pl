# What an archive of base backups and WAL holds, by the names of its keys and
# little else. Read by `require`. DESIGN: the key names are the catalogue.
#
#   PREFIX SYSTEM/base/YYYY/MM/DD/NAME_HHMMSS.tar.gz       a base backup
#   PREFIX SYSTEM/base/YYYY/MM/DD/NAME_HHMMSS.FROM.TO      its mark: it counts
#   PREFIX SYSTEM/wal/<24 hex>.gz  .partial.gz  .OFFSET.backup.gz  <8 hex>.history.gz
#
# A suffix (of a filter) may follow .gz. FROM and TO are places in the WAL: 8
# hex digits of timeline and 16 of LSN.
use strict;
use warnings;
no warnings 'portable';    # hex of 64 bits

require($0 =~ s{[^/]*$}{}r . "time.pl");

my $day = qr{\d{4}/\d\d/\d\d};
my $hex = qr/[0-9A-F]/;

# What a key is: a reference to its facts, or undef for a strange one.
sub archive_key {
    my ($key, $prefix, $suffix) = @_;
    return undef if substr($key, 0, length $prefix) ne $prefix;
    my $rest = substr $key, length $prefix;
    return undef unless $rest =~ m{^(\d{10,20})/(base|wal)/(.*)\z}s;
    my ($system, $place, $name) = ($1, $2, $3);
    my $end = qr/\.gz(?:\Q$suffix\E)?/;
    if ($place eq 'wal') {
        return {system => $system, kind => 'segment', name => $1, form => $2 // ''}
            if $name =~ /^($hex{24})(\.partial|\.$hex{8}\.backup)?$end\z/;
        return {system => $system, kind => 'history', timeline => hex $1} if $name =~ /^($hex{8})\.history$end\z/;
        return undef;
    }
    return undef unless $name =~ m{^($day)/([^/]+)_(\d\d)(\d\d)(\d\d)\.(.*)\z}s && $3 < 24 && $4 < 60 && $5 < 60;
    my %facts = (system => $system, id => "$1/$2_$3$4$5", started => "$1T$3:$4:$5Z" =~ tr{/}{-}r);
    my $form = $6;
    return {%facts, kind => 'base'} if $form =~ /^tar$end\z/;
    return undef unless $form =~ /^($hex{8})($hex{16})\.($hex{8})($hex{16})\z/;
    return {%facts, kind => 'mark', from_timeline => hex $1, from => hex $2, to_timeline => hex $3, to => hex $4};
}

# The next line of a listing by s3ls -0 -l, as [size, time, key], or undef.
sub next_listed {
    my ($list) = @_;
    local $/ = "\0";
    my $line = <$list>;
    return undef unless defined $line;
    chomp $line or die "the listing is cut\n";
    return [split /\t/, $line, 3];
}

# read_archive LISTING PREFIX SUFFIX FACTS: {SYSTEM => its contents}. FACTS is a
# file of what is not in the names, a line each: SYSTEM and
#   size BYTES                 of a segment
#   fork CHILD PARENT LSN      of a history, an ancestor of CHILD ends there
#   ended ID SECONDS           of a mark: when the base backup ended
sub read_archive {
    my ($listing, $prefix, $suffix, $facts) = @_;
    my (%systems, @names);
    open my $list, '<', $listing or die "$listing: $!\n";
    while (my $line = next_listed($list)) {
        my ($size, $time, $key) = @$line;
        my $is = archive_key($key, $prefix, $suffix) or next;
        my $system = $systems{$is->{system}} //= {id => $is->{system}, bases => {}, marks => {}, histories => {},
            full => {}, partial => {}, forks => {}, size => 0, newest => 0};
        my $stored = seconds($time);
        if ($is->{kind} eq 'segment') {
            next if $is->{form} =~ /backup/;
            my $timeline = hex substr $is->{name}, 0, 8;
            my $names = $system->{$is->{form} ? 'partial' : 'full'}{$timeline} //= {};
            $names->{substr $is->{name}, 8} = $stored;
            $system->{newest} = $stored if $stored > $system->{newest};
        } elsif ($is->{kind} eq 'history') {
            $system->{histories}{$is->{timeline}} = $key;
        } else {
            @$is{qw(key bytes stored)} = ($key, $size, $stored);
            $system->{$is->{kind} eq 'base' ? 'bases' : 'marks'}{$is->{id}} = $is;
        }
    }
    read_facts(\%systems, $facts) if defined $facts;
    complete($_) for values %systems;
    return \%systems;
}
sub read_facts {
    my ($systems, $facts) = @_;
    open my $lines, '<', $facts or die "$facts: $!\n";
    while (my $line = <$lines>) {
        chomp $line;
        my ($id, $what, @words) = split / /, $line;
        my $system = $systems->{$id} or next;
        if ($what eq 'size') {
            $system->{size} = $words[0];
        } elsif ($what eq 'fork') {
            push @{$system->{forks}{$words[0]}}, [$words[1], $words[2]];
        } elsif ($what eq 'ended' && $system->{marks}{$words[0]}) {
            $system->{marks}{$words[0]}{ended} = $words[1];
        }
    }
}
# The base backups that count, oldest first; names of segments as numbers.
sub complete {
    my ($system) = @_;
    $system->{size} ||= 16 << 20;
    my $each = (1 << 32) / $system->{size};
    for my $form (qw(full partial)) {
        for my $names (values %{$system->{$form}}) {
            $names = {map { (hex(substr $_, 0, 8) * $each + hex(substr $_, 8)) => $names->{$_} } keys %$names};
        }
    }
    for my $mark (values %{$system->{marks}}) {
        my $base = $system->{bases}{$mark->{id}} or next;
        $base->{ended} = $mark->{ended} // $mark->{stored};
        $base->{mark} = $mark->{key};
        $base->{$_} = $mark->{$_} for qw(from_timeline from to_timeline to);
        $base->{first} = segment_of($system, $base->{from});
        $base->{last} = segment_of($system, $base->{to} - 1);
    }
    $system->{good} = [sort { $a->{to} <=> $b->{to} || $a->{id} cmp $b->{id} } grep { $_->{mark} } values %{$system->{bases}}];
}
sub segment_of {
    my ($system, $lsn) = @_;
    return int($lsn / $system->{size});
}
sub segment_name {
    my ($system, $timeline, $number) = @_;
    my $each = (1 << 32) / $system->{size};
    return sprintf '%08X%08X%08X', $timeline, int($number / $each), $number % $each;
}

# The timelines that hold something, lowest first.
sub timelines {
    my ($system) = @_;
    my %all = map { $_ => 1 } keys %{$system->{full}}, keys %{$system->{partial}}, keys %{$system->{histories}},
        map { $_->{to_timeline} } @{$system->{good}};
    return sort { $a <=> $b } keys %all;
}
# The timeline with its ancestors, oldest first: [timeline, begin, end] as LSNs.
# Undef where its history is missing.
sub chain {
    my ($system, $timeline) = @_;
    my ($begin, @chain) = (0);
    for my $fork (@{$system->{forks}{$timeline} // []}) {
        push @chain, [$fork->[0], $begin, $fork->[1]];
        $begin = $fork->[1];
    }
    return undef if $timeline > 1 && !@chain;
    return [@chain, [$timeline, $begin, 1 << 62]];
}
# Whose segment of that number recovery reads.
sub owner {
    my ($system, $chain, $number) = @_;
    for my $part (reverse @$chain) {
        return $part->[0] if segment_of($system, $part->[1]) <= $number;
    }
}
sub on_chain {
    my ($chain, $base) = @_;
    my %part = map { $_->[0] => $_ } @$chain;
    my ($from, $to) = @part{@$base{qw(from_timeline to_timeline)}};
    return $from && $to && $base->{from} >= $from->[1] && $base->{to} <= $to->[2] && $base->{from} <= $from->[2];
}
# run SYSTEM CHAIN NUMBER: the last segment that is there without a gap from
# NUMBER on (NUMBER - 1: not even that), when it was stored, and whether it is
# partial.
sub run {
    my ($system, $chain, $number) = @_;
    my $stored = 0;
    while (1) {
        my $owner = owner($system, $chain, $number);
        my $full = $system->{full}{$owner}{$number};
        last unless defined $full;
        $stored = $full if $full > $stored;
        $number++;
    }
    my $partial = $system->{partial}{owner($system, $chain, $number)}{$number};
    return ($number, $partial, 1) if defined $partial;
    return ($number - 1, $stored, 0);
}
# The first segment behind NUMBER that the chain has, or undef.
sub next_after {
    my ($system, $chain, $number) = @_;
    my $next;
    for my $i (0 .. $#$chain) {
        my ($timeline, $begin) = @{$chain->[$i]};
        for my $form (qw(full partial)) {
            for my $found (keys %{$system->{$form}{$timeline} // {}}) {
                next if $found <= $number || defined $next && $found >= $next;
                $next = $found if owner($system, $chain, $found) == $timeline;
            }
        }
    }
    return $next;
}

1;
