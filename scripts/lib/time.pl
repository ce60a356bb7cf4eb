# Times as the keys and listings have them. Read by `require`.
use strict;
use warnings;

# Days from 1970 on to a date of the Gregorian calendar.
sub days {
    my ($year, $month, $day) = @_;
    $year-- if $month <= 2;
    my $era = int(($year >= 0 ? $year : $year - 399) / 400);
    my $of_era = $year - $era * 400;
    my $of_year = int((153 * ($month + ($month > 2 ? -3 : 9)) + 2) / 5) + $day - 1;
    return $era * 146097 + $of_era * 365 + int($of_era / 4) - int($of_era / 100) + $of_year - 719468;
}
sub seconds {
    my ($time) = @_;
    my ($year, $month, $day, $hour, $minute, $second) = unpack 'A4xA2xA2xA2xA2xA2', $time;
    return days($year, $month, $day) * 86400 + $hour * 3600 + $minute * 60 + $second;
}

# 59s, 59m, 47h, then days.
sub age {
    my ($seconds) = @_;
    return "${seconds}s" if $seconds < 60;
    return int($seconds / 60) . 'm' if $seconds < 3600;
    return int($seconds / 3600) . 'h' if $seconds < 172800;
    return int($seconds / 86400) . 'd';
}

# An RFC 3339 time in UTC, of seconds since 1970.
sub rfc3339 {
    my ($seconds) = @_;
    my ($second, $minute, $hour, $day, $month, $year) = gmtime $seconds;
    return sprintf '%04d-%02d-%02dT%02d:%02d:%02dZ', $year + 1900, $month + 1, $day, $hour, $minute, $second;
}

1;
