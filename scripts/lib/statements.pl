# A plain dump, passed on as it is but for what the options leave out or change.
# Knows at which lines a statement begins, and what is data or the inside of a
# string, a name, a comment or a function's body. An object is all from the
# comment that pg_dump writes before it to the next one. Takes time in
# proportion to the bytes, whatever the length of a line.
#
#   noowner=1       without what gives things to roles
#   norole=1        that, and policies for all instead of for some roles
#   schemaonly=1    without data
#   path=TEXT       loads with this search_path instead of an empty one
#   skip=TEXT       without objects of this kind (SUBSCRIPTION), repeated
#   extension=NAME  without this extension, its comment, and what lies in the
#                   schema of that name
#   schema=NAME     what lies in this schema goes with that extension, too
#   hold=TEXT       objects of this kind go to the file "held" instead
#   holddata=NAME   the data of what lies in this schema, too
#   held=FILE       a subscription there has no slot: FILE.slots gives it back
#   lists=PREFIX    into PREFIX.tables goes, in order, how many rows each COPY
#                   has, a tab, and its table; into .sequences each setval, into
#                   .objects each large object
use strict;
use warnings;

my (%option, %skip, %hold, %holddata, %extension, %schema, %foreign);
for (@ARGV) {
    my ($name, $value) = split /=/, $_, 2;
    if    ($name eq 'skip')      { $skip{$value} = 1 }
    elsif ($name eq 'hold')      { $hold{$value} = 1 }
    elsif ($name eq 'holddata')  { $holddata{$value} = 1 }
    elsif ($name eq 'schema')    { $schema{$value} = 1 }
    elsif ($name eq 'extension') { $extension{$value} = 1 }
    else                         { $option{$name} = $value }
}

my $word   = qr/(?:[^", .(]+|"(?:[^"]|"")*")/;
my $role   = qr/(?:[^", ;]+|"(?:[^"]|"")*")/;
my $policy = qr/^CREATE POLICY $role ON $word(?:\.$word)?(?: AS [A-Z]+)?(?: FOR [A-Z]+)? TO /;
my $data   = qr/^(?:TABLE DATA|BLOBS?|BLOB METADATA|LARGE OBJECTS?|SEQUENCE SET|STATISTICS DATA)$/;

sub open_file {
    open my $file, '>', $_[0] or die "$_[0]: $!\n";
    return $file;
}
my %list;
if ($option{lists}) { $list{$_} = open_file("$option{lists}.$_") for qw(tables sequences objects) }
my $held  = $option{held} && open_file($option{held});
my $slots = $option{held} && open_file("$option{held}.slots");
my $subscription = '';

# Where an object goes: "" for on, "held", or "nowhere".
sub destination {
    my ($name, $type, $schema) = @_;
    $foreign{"$schema.$name"} = 1 if $type eq 'FOREIGN TABLE';
    return 'nowhere' if $type eq 'TABLE DATA' && $foreign{"$schema.$name"}; # it lies elsewhere
    return 'nowhere' if $option{schemaonly} && $type =~ $data;
    return 'held' if $holddata{$schema} && $type =~ $data;
    return 'nowhere' if $schema{$schema} || $extension{$schema};
    return 'nowhere' if $type eq 'EXTENSION' && $extension{$name};
    if ($type =~ /^(?:COMMENT|ACL|SECURITY LABEL)$/) {
        my ($kind, $of) = $name =~ /^([A-Z ]+?) "?(.*?)"?$/ or return '';
        return 'nowhere' if $skip{$kind} || $extension{$of} && $kind =~ /^(?:EXTENSION|SCHEMA)$/ || $schema{$of} && $kind eq 'SCHEMA';
        return 'held' if $hold{$kind} || $hold{"$type $kind"};
    }
    $type =~ s/^PUBLICATION .*/PUBLICATION/;
    return 'nowhere' if $skip{$type};
    return $hold{$type} ? 'held' : '';
}

my $inside = ''; # '', or what ends the string that we are in
my $to     = '';

sub pass {
    if    ($to eq '')     { print STDOUT $_[0] or exit 1 }
    elsif ($to eq 'held') { print $held $_[0] or die "$option{held}: $!\n" }
}

# Follows the quotes of a line, from whatever it begins in.
sub read_line {
    my $at = 0;
    for (;;) {
        if ($inside ne '') {
            $at = index($_[0], $inside, $at);
            return if $at < 0;
            $at += length $inside;
            $inside = '';
        }
        pos($_[0]) = $at;
        $_[0] =~ /'|"|--|\/\*|\$(?:[A-Za-z_\x80-\xff][A-Za-z_0-9\x80-\xff]*)?\$/g or return;
        $at = pos $_[0];
        return if $& eq '--';
        $inside = $& eq '/*' ? '*/' : $&;
    }
}

# The rows of a COPY up to its end, counted where they are wanted.
sub copy_data {
    my ($table) = @_;
    my $rows = 0;
    while (my $row = <STDIN>) {
        pass($row);
        if ($row eq "\\.\n") {
            print { $list{tables} } "$rows\t$table\n" if %list && $to eq '';
            return;
        }
        $rows++;
    }
}

binmode STDIN;
binmode STDOUT;
while (my $line = <STDIN>) {
    if ($inside eq '') {
        if ($line =~ /^-- (?:Data for |Statistics for )?Name: (.*); Type: ([A-Z ]+); Schema: (.*?); Owner: /) {
            $to = destination($1, $2, $3);
        }
        elsif ($line =~ /^-- PostgreSQL database dump complete/) { $to = '' }
        elsif ($line =~ /^COPY ($word(?:\.$word)?) .*FROM stdin;$/) {
            pass($line);
            copy_data($1);
            next;
        }
        elsif ($option{noowner} || $option{norole}) {
            next if $line =~ /^(?:ALTER .* OWNER TO|GRANT|REVOKE|ALTER DEFAULT PRIVILEGES|SET SESSION AUTHORIZATION) .*;$/;
        }
        if ($option{norole} && $line =~ s/($policy)$role(?:, $role)*/$1PUBLIC/) { }
        elsif ($option{path} && $line =~ /^SELECT pg_catalog\.set_config\('search_path', '', false\);$/) {
            (my $path = $option{path}) =~ s/'/''/g;
            $line = "SELECT pg_catalog.set_config('search_path', '$path', false);\n";
        }
        elsif (%list && $to eq '') {
            print { $list{sequences} } $line if $line =~ /^SELECT pg_catalog\.setval\(/;
            print { $list{objects} } $line if $line =~ /^SELECT pg_catalog\.lo_create\(/;
        }
    }
    read_line($line);
    if ($to eq 'held') {
        $subscription = $1 if $line =~ /^CREATE SUBSCRIPTION ($role) /;
        print $slots "ALTER SUBSCRIPTION $subscription SET (slot_name = '$2');\n"
            if $line =~ s/(.*WITH \(connect = false, slot_name = )'([a-z0-9_]+)'/$1NONE/;
    }
    pass($line);
}
if ($held) { close $slots && close $held or die "$option{held}: $!\n" }
for (values %list) { close $_ or die "lists: $!\n" }
close STDOUT or exit 1;
