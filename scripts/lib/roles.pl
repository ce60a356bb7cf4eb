# Of a dump of globals the statements about roles that are missing. The first
# file holds the names of those that are there, quoted as in the dump, a name a
# line; the second is the dump. A statement may have many lines: strings do.
use strict;
use warnings;

my ($names, $dump) = @ARGV;
open my $file, '<', $names or die "$names: $!\n";
chomp(my @there = <$file>);
my %there = map { $_ => 1 } @there;
open $file, '<', $dump or die "$dump: $!\n";
my $text = do { local $/; <$file> };

my $name      = qr/(?:"(?:[^"]|"")*"|[^\s";,]+)/;
my $string    = qr/E'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'/s;
my $statement = qr/\G(?:\s+|--[^\n]*\n|\\[^\n]*\n)*((?:$string|"(?:[^"]|"")*"|[^'";\\])+;)/s;
my %missing;
while ($text =~ /$statement/gc) {
    my $s = $1;
    if ($s =~ /^CREATE ROLE ($name);/) {
        next if $there{$1};
        $missing{$1} = 1;
        print "$s\n";
    }
    elsif ($s =~ /^(?:ALTER ROLE|COMMENT ON ROLE|SECURITY LABEL (?:FOR $name )?ON ROLE) ($name)/) {
        print "$s\n" if $missing{$1};
    }
    elsif ($s =~ /^GRANT ($name) TO ($name)/) {
        next unless $missing{$1} || $missing{$2};
        # Who gave it may not be here, or may not give it now.
        my $plain = $s =~ s/ GRANTED BY $name;$/;/r;
        print "$plain\n" and next if $plain eq $s;
        print "SAVEPOINT membership;\n\\set ON_ERROR_STOP 0\n$s\n\\set failed :ERROR\n\\set ON_ERROR_STOP 1\n",
            "\\if :failed\nROLLBACK TO membership;\n$plain\n\\endif\n";
    }
    elsif ($s =~ /^GRANT .* ON (?:PARAMETER|TABLESPACE) .* TO ($name)(?: WITH GRANT OPTION)?;$/s) {
        next unless $missing{$1};
        # What it is on may not be here.
        print "SAVEPOINT granted;\n\\set ON_ERROR_STOP 0\n$s\n\\set failed :ERROR\n\\set ON_ERROR_STOP 1\n",
            "\\if :failed\nROLLBACK TO granted;\n\\endif\n";
    }
}
die "the dump of globals cannot be read as statements\n" unless $text =~ /\G\s*(?:(?:--|\\)[^\n]*\n\s*)*\z/gc;
