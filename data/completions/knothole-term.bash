# Completion of knothole-term(1) for bash.

_knothole_term ()
{
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}

    # The sign between an option and its value is a word of its own.
    [ "$word" != = ] || word=
    [ "$before" != = ] || before=${COMP_WORDS[COMP_CWORD-2]}
    case $before in
        --data-dir | -d)
            compopt -o filenames 2>/dev/null
            mapfile -t COMPREPLY < <(compgen -d -- "$word")
            ;;
        --relay | -r)
            mapfile -t COMPREPLY < <(compgen -W 'auto always never' -- "$word")
            ;;
        --accept | -a)
            mapfile -t COMPREPLY < <(compgen -W 'ask contacts all' -- "$word")
            ;;
        --server | -s | --name | -n | --timeout | -t | --accept-server-key | --bench-to | \
            --bytes | --seconds | --streams)
            COMPREPLY=()
            ;;
        *)
            mapfile -t COMPREPLY < <(compgen -W '
                --server --name --data-dir --accept --relay --json --timeout --accept-server-key
                --no-port-mapping --bench-serve --bench-to --bytes --seconds --streams
                --check-network --long --id --self-test --help --version' -- "$word")
            ;;
    esac
}
complete -F _knothole_term knothole-term
