# Completion of knothole(1) for bash.

_knothole ()
{
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}

    # The sign between an option and its value is a word of its own.
    [ "$word" != = ] || word=
    [ "$before" != = ] || before=${COMP_WORDS[COMP_CWORD-2]}
    case $before in
        --data-dir)
            compopt -o filenames 2>/dev/null
            mapfile -t COMPREPLY < <(compgen -d -- "$word")
            ;;
        --server | --name)
            COMPREPLY=()
            ;;
        *)
            mapfile -t COMPREPLY < <(compgen -W '
                --data-dir --server --name --new-chat --background --self-test --help
                --version' -- "$word")
            ;;
    esac
}
complete -F _knothole knothole
