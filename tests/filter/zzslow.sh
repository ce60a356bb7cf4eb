cd /work/main/tests/filter
. ../lib/tap.sh
. "$TESTS/lib/s3server.sh"
s3server_start
python3 /work/shared/cases/s3/slowrelay 127.0.0.1:${S3_ENDPOINT##*:} 45000 >$T/p & at_exit "kill $!"
sleep 1
head -c 20000000 /dev/urandom >$T/in
time S3_ENDPOINT=http://127.0.0.1:$(cat $T/p) s3put -v big <$T/in
echo status $?
server_log '[.[].op]'
