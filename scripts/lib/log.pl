# log.pl SCRIPT LOG FORMAT: writes a line of log for each text on stdin, which
# end with a NUL, in place of the format's %s, as log in lib/log.sh does for one:
# to stderr, to the file LOG, and to the FIFO of S3PIPE_LOG_FIFO.
use strict;
use warnings;
use Fcntl;
require($0 =~ s{[^/]*$}{}r . "text.pl");

my ($script, $log, $format) = @ARGV;
my $json = ($ENV{LOG_FORMAT} // 'text') eq 'json';
my $path = $ENV{S3PIPE_LOG_FIFO} // '';
my $fifo;
$SIG{PIPE} = 'IGNORE';    # whoever read it may have gone
if (-p $path) {
    sysopen($fifo, $path, O_WRONLY | O_NONBLOCK) or undef $fifo;
}
open my $file, '>>', $log or die "$log: $!\n";
open my $shown, '>&', \*STDERR or die "stderr: $!\n";    # which itself has no buffer

# A backup must not wait for a log: a reader who stands still for a second
# gets no more.
sub relay {
    my ($line) = @_;
    for (1 .. 20) {
        return if defined syswrite $fifo, $line;
        last unless $!{EAGAIN};
        select undef, undef, undef, 0.05;
    }
    undef $fifo;
}

my @now = gmtime;
my $time = sprintf '%04d-%02d-%02dT%02d:%02d:%02dZ', $now[5] + 1900, $now[4] + 1, @now[3, 2, 1, 0];
$/ = "\0";
while (my $text = <STDIN>) {
    chomp $text;
    $text = sprintf $format, $text;
    my $plain = "$time $script: " . printable($text, ' ') . "\n";
    print $file $plain;
    my $line = $plain;
    if ($json) {
        my $message = json_string($text);
        $line = qq({"time": "$time", "level": "info", "script": "$script", "message": $message}\n);
    }
    print $shown $line;
    relay($line) if $fifo;
}
