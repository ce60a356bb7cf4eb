#!/usr/bin/env bash
# -b names the bucket, whatever S3_BUCKET says, in each of the four programs.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/s3server.sh"
s3server_start --bucket other

S3_BUCKET=other run s3put -b test -q key <<<'in test'
exits 's3put -b' 0
is 'it is in that bucket' "$(env S3_BUCKET=test s3get key)" 'in test'
is 'and not in the other' "$(env S3_BUCKET=other s3ls)" ''
S3_BUCKET=other run s3get -b test key
exits 's3get -b' 0
is 's3get -b: the bytes' "$(<"$T/out")" 'in test'
is 's3get --bucket' "$(env S3_BUCKET=other s3get --bucket test key)" 'in test'
is 's3ls -b' "$(S3_BUCKET=other s3ls -b test)" key
S3_BUCKET=other run s3rm -b test key
exits 's3rm -b' 0
is 's3rm -b: it is gone' "$(env S3_BUCKET=test s3ls)" ''
unset S3_BUCKET
for program in s3put s3get s3ls s3rm; do
    run "$program" key </dev/null
    exits "$program without a bucket" 2 'S3_BUCKET|-b'
    run "$program" -b 'No_Bucket!' key </dev/null
    exits "$program with a name that no bucket has" 2 'No_Bucket!'
    run "$program" -b nobody key <<<x
    exits "$program with a bucket that is not there" 3 'NoSuchBucket'
done
done_testing
