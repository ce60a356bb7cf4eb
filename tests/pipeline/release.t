#!/usr/bin/env bash
# What a release is made of: the source, the manuals to read, static programs,
# and the version, which is the tag's where there is one.
. "$(dirname "$0")/../lib/tap.sh"
git -C "$ROOT" rev-parse HEAD >/dev/null 2>&1 || skip_all 'no git clone'
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*'
made() { make -s -C "$1" BUILD="$2" "${@:3}"; } # TREE BUILD TARGET...
version=$(git -C "$ROOT" show HEAD:VERSION)
tarball=s3pipe-$version.tar.gz

# ---- make dist, of what is committed; a tag that the machine has does not count
git clone -q "$ROOT" one && git clone -q "$ROOT" two
git -C one tag -l | xargs -r git -C one tag -d >/dev/null
git -C two tag -l | xargs -r git -C two tag -d >/dev/null
ok 'make dist' made one "$T/first" dist
ok 'and again, later' made one "$T/second" dist
ok 'and in another clone, by another user' env GZIP=-9 TZ=Asia/Tokyo LC_ALL=C sh -c 'umask 077 &&
    git -C two config tar.umask 0077 && make -s -C two BUILD="$0/third" dist' "$T"
ok 'the same bytes' cmp "first/$tarball" "second/$tarball"
ok 'there too' cmp "first/$tarball" "third/$tarball"
tar -xzf "first/$tarball"
is 'it holds what is committed' "$(cd "s3pipe-$version" && find . ! -type d | sort | sha256sum)" \
    "$(git -C one ls-files | sed 's|^|./|' | sort | sha256sum)"

# ---- the version
told() { make -n -C "$1" BUILD="$T/none" all | grep -om1 'S3PIPE_VERSION=.[^ ]*' | tr -d "'\""; }
is 'outside git it is that of the file' "$(told "s3pipe-$version")" "S3PIPE_VERSION=$version"
git -C one -c user.name=t -c user.email=t@example.org tag -a -m 'a test' v9.8.7
is 'on a tag it is that of the tag' "$(told one)" S3PIPE_VERSION=9.8.7
run made one "$T/first" dist
matches 'which the file must say too to make dist' "$status $err" "^2 dist: the tag says 9.8.7, the file VERSION $version"
git -C one -c user.name=t -c user.email=t@example.org commit -q --allow-empty -m 'a test'
is 'after it that of the file' "$(told one)" "S3PIPE_VERSION=$version"
mkdir outer && git -C outer init -q && cp -r "s3pipe-$version" outer/s3pipe
(cd outer && git -c user.name=t -c user.email=t@example.org commit -q --allow-empty -m 'a test' && git tag v6.6.6)
is 'the tag of a project that we are part of is none' "$(told outer/s3pipe)" "S3PIPE_VERSION=$version"

# ---- make html
ok 'make html' made "$ROOT" "$T/here" html
for page in "$ROOT"/man/*.[0-9]; do
    name=${page##*/}
    matches "$name as HTML" "$(tail -n 1 "here/html/$name.html")" '^</html>'
    matches "$name as PDF" "$(head -c 5 "here/html/$name.pdf") $(tail -n 1 "here/html/$name.pdf")" '^%PDF- %%EOF'
    ok "$name is in the index" grep -qF "<a href=\"$name.html\">${name%.*}(${name##*.})</a></td><td>$(sed -n 's/^\.Nd //p' "$page")<" here/html/index.html
done
links() { grep -oh '\(href\|src\)="[^#"]*' here/html/*.html | cut -d '"' -f 2 | grep -v '^https:' | sort -u; }
is 'no link leads nowhere' "$(links | (cd here/html && xargs ls) 2>&1 >/dev/null)" ''
is 'nor outside to a page of ours' "$(grep -ohE 'https:[^"]*/(s3|gzstream|retain)[a-z0-9-]*\.[17]' here/html/*.html)" ''

# ---- make static: gzstream and retain anywhere, the others where it says so
ok 'make static' eval 'made "$ROOT" "$T/here" static >said'
for program in gzstream retain; do
    matches "$program is static" "$(ldd "here/static/$program")" 'statically linked'
done
ok 'gzstream does its work' sh -c 'here/static/gzstream -9 <"$0" | here/static/gzstream -d | cmp - "$0"' "$ROOT/README.md"
ok 'that pgapply is not static is said' grep -q '^not static: pgapply; libpq' said
for program in s3put s3get s3ls s3rm; do
    ok "$program is static too, or why not is said" \
        eval 'ldd "here/static/$program" | grep -q "statically linked" || grep -qE "^not static: .*$program.*; there is no lib" said'
done
done_testing
