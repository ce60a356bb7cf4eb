# metrics.pl FILE: brings FILE, in Prometheus's text format, up to date by stdin,
# lines of NAME{LABELS} VALUE, where +N adds to what was there. What FILE says of
# others stays.
use strict;
use warnings;

my ($file) = @ARGV;
my (%value, %types, @order);
while (my $line = <DATA>) {
    chomp $line;
    my ($name, $type, $help) = split /\|/, $line, 3;
    push @order, $name;
    $types{$name} = "# HELP $name $help\n# TYPE $name $type\n";
}

sub each_line {
    my ($lines) = @_;
    while (my $line = <$lines>) {
        my ($series, $value) = $line =~ /^(s3pipe_.*) (\S+)$/ or next;
        $value{$series} = $value =~ /^\+(\d+)$/ ? ($value{$series} // 0) + $1 : $value;
    }
}
if (open my $lines, '<', $file) {
    each_line($lines);
} elsif (!$!{ENOENT}) {
    die "$file: $!\n";
}
each_line(*STDIN);

my %of;
push @{$of{$_ =~ s/\{.*//sr}}, $_ for sort keys %value;
umask 022;
open my $out, '>', "$file.new" or die "$!\n";
for my $name (grep { $of{$_} } @order) {
    print $out $types{$name}, map { "$_ $value{$_}\n" } @{$of{$name}};
}
close $out or die "$!\n";
rename "$file.new", $file or die "$!\n";

__DATA__
s3pipe_backup_last_success_timestamp_seconds|gauge|When the last good backup of the database ended.
s3pipe_backup_duration_seconds|gauge|How long it took.
s3pipe_backup_bytes|gauge|How large it is in the store.
s3pipe_backup_shrank|gauge|Whether it is smaller than BACKUP_SHRINK_ALARM allows.
s3pipe_backup_failures_total|counter|Backups of the database that failed.
s3pipe_verify_last_success_timestamp_seconds|gauge|When a backup of the database was last restored and found whole.
s3pipe_verify_backup_timestamp_seconds|gauge|When that backup was made.
s3pipe_verify_duration_seconds|gauge|How long it took to verify it.
s3pipe_verify_failures_total|counter|Backups of the database that did not restore, or were too old.
s3pipe_verify_cluster_last_success_timestamp_seconds|gauge|When the cluster was last recovered as a whole and read.
s3pipe_verify_cluster_failures_total|counter|Recoveries of the cluster, to verify it, that failed.
s3pipe_store_keys|gauge|Keys below the prefix, as the last cleanup left them.
s3pipe_store_bytes|gauge|Their bytes.
s3pipe_basebackup_last_success_timestamp_seconds|gauge|When the last good base backup of the cluster ended.
s3pipe_basebackup_duration_seconds|gauge|How long it took.
s3pipe_basebackup_bytes|gauge|How large it is in the store.
s3pipe_basebackup_failures_total|counter|Base backups that failed.
s3pipe_recovery_window_start_timestamp_seconds|gauge|The earliest moment from which on every one can be recovered, as the last cleanup left it.
s3pipe_recovery_window_end_timestamp_seconds|gauge|The last one that was stored by then.
s3pipe_wal_last_upload_timestamp_seconds|gauge|When WAL of the cluster was stored last.
s3pipe_wal_received_timestamp_seconds|gauge|When all WAL that was received was last seen to be stored.
s3pipe_wal_failures_total|counter|WAL files whose upload failed, and was tried again.
s3pipe_wal_spool_bytes|gauge|WAL that was received and is not stored yet.
s3pipe_wal_slot_lag_bytes|gauge|WAL that the server keeps for the slot.
s3pipe_wal_slot_lost|gauge|Whether WAL is missing, so that a new base backup is needed.
