# Text for people and programs, as lib/log.sh has it. Read by `require`.
use strict;
use warnings;

# The text with a mark for each control character, of ASCII and those of UTF-8.
sub printable {
    my ($text, $mark) = @_;
    $text =~ s/[\x00-\x1f\x7f]|\xc2[\x80-\x9f]/$mark/g;
    return $text;
}

# As JSON, in quotes; what is not UTF-8 is left out.
my $utf8 = qr/[\x20-\x7e]|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|\xed[\x80-\x9f][\x80-\xbf]
    |[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}/x;
sub json_string {
    my ($text) = @_;
    $text =~ s/([\\"])/\\$1/g;
    $text =~ s/\n/\\n/g;
    $text =~ s/\t/\\t/g;
    $text =~ s/[\x00-\x1f\x7f]/ /g;
    $text =~ s/($utf8)|./$1 \/\/ ''/gse if $text =~ /[^\x20-\x7e]/;
    return "\"$text\"";
}

# As the programs show what others named (common/base/visible.h).
sub visible {
    my ($text) = @_;
    $text =~ s/(\xc2[\x80-\x9f])|(\t|$utf8)|(.)/$2 \/\/ join '', map { sprintf '\\x%02x', ord } split m{}, $1 \/\/ $3/gse;
    return $text;
}

1;
