#!/usr/bin/env bash
# The completions, in bash by calling what it would call, in zsh by a Tab on a
# terminal.
. "$(dirname "$0")/../lib/tap.sh"
command -v zsh >/dev/null || skip_all 'no zsh (apt-get install zsh)'
bash_completion=/usr/share/bash-completion/bash_completion
[ -r "$bash_completion" ] || skip_all 'no bash-completion (apt-get install bash-completion)'
touch "a file" afile

# ---- bash
. "$ROOT/completion/s3pipe.bash"
compopt() { :; } # outside of a completion it fails
# completed WORD...: what the last of them, after the others, can become.
completed() {
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE=$* COMPREPLY=()
    COMP_POINT=${#COMP_LINE}
    _s3pipe "$1" "${!#}" "${COMP_WORDS[$# - 2]}"
    printf '%s\n' "${COMPREPLY[@]}" | sort -u | xargs -d '\n'
}
checks() { # HOW
    is "$1: a long option" "$(completed s3put --co)" '--commit-if --content-type'
    is "$1: by the program's whole path" "$(completed /usr/bin/s3get --p)" --part-size
    is "$1: the file of -c" "$(completed s3put -c a)" 'a file afile'
    is "$1: nothing for the key" "$(completed s3put '')" ''
    is "$1: nothing for the argument of an option" "$(completed s3put -b a)" ''
    is "$1: a command after the key" "$(completed s3put -b a k gzstr)" gzstream
    is "$1: no options of s3put after the key" "$(completed s3put k --no-r)" ''
    is "$1: a command of gzstream" "$(completed gzstream -j 2 -9 s3ge)" s3get
    is "$1: files for that" "$(completed gzstream cat af)" afile
    is "$1: what restore takes" "$(completed s3pipe-restore la) $(completed s3pipe-restore --globals la)" 'latest latest'
    is "$1: and its options" "$(completed s3pipe-restore --in-place --)" \
        '--check --check-settings --config --exclude --from --globals --help --in-place --jobs --no-owner --replace --schema --search-path --table --try --under-own-name --version --wait --yes'
    is "$1: --all to verify" "$(completed s3pipe-verify-backup --a)" --all
}
checks 'bash alone'
set +u
# shellcheck source=/dev/null
. "$bash_completion"
. "$ROOT/completion/s3pipe.bash"
is 'with bash-completion: the options of the command that the command runs' "$(completed s3put k gzstream --dec)" --decompress
checks 'with bash-completion'
set -u

# ---- zsh
cat >tab.zsh <<'END'
zmodload zsh/zpty zsh/datetime
zpty shell zsh -f -i
zpty -w shell "fpath=($1 \$fpath); autoload -U compinit; compinit -u -D"
zpty -w shell 'tab() { zle complete-word; print -r -- "$BUFFER" >buffer.new; mv buffer.new buffer; exit }'
zpty -w shell 'unset zle_bracketed_paste; zle -N tab; bindkey "^I" tab; cd '${(q)PWD}
zpty -w -n shell "$2"$'\t'
end=$((EPOCHSECONDS + 30))
while [[ ! -e buffer && $EPOCHSECONDS -lt $end ]]; do zpty -r -t shell ignored; sleep 0.05; done
zpty -d shell
END
tab() { # LINE: as it stands after a Tab
    rm -f buffer
    zsh -f tab.zsh "$ROOT/completion" "$1" && sed 's/ *$//' buffer
}
is 'zsh: a long option' "$(tab 's3put --no-r')" 's3put --no-replace'
is 'zsh: a letter after others' "$(tab 's3pipe-restore --no-owner --in')" 's3pipe-restore --no-owner --in-place'
is 'zsh: the file of -c' "$(tab 's3put -c afi')" 's3put -c afile'
is 'zsh: a command after the key' "$(tab 's3put -q key gzstr')" 's3put -q key gzstream'
is 'zsh: and options of that' "$(tab 's3put key gzstream --decom')" 's3put key gzstream --decompress'
is 'zsh: a command of gzstream' "$(tab 'gzstream -9 s3ge')" 'gzstream -9 s3get'
is 'zsh: latest' "$(tab 's3pipe-verify-backup l')" 's3pipe-verify-backup latest'
done_testing
