#compdef knothole-term
# Completion of knothole-term(1) for zsh.

_arguments -s \
    '(-s --server)'{-s+,--server=}'[the server to meet at]:host[\:port]:_hosts' \
    '(-n --name)'{-n+,--name=}'[the name that others are shown]:name:' \
    '(-d --data-dir)'{-d+,--data-dir=}'[where identity, contacts and history are]:folder:_directories' \
    '(-r --relay)'{-r+,--relay=}'[whether the server relays]:when:(auto always never)' \
    '(-a --accept)'{-a+,--accept=}'[who may call]:who:(ask contacts all)' \
    '--no-port-mapping[do not ask the router for a port]' \
    '(-j --json)'{-j,--json}'[print one JSON object a line]' \
    '(-t --timeout)'{-t+,--timeout=}'[how long to wait]:seconds:' \
    '--accept-server-key=[trust this new key of the server]:key:' \
    '(--bench-to)--bench-serve[take measurements]' \
    '(--bench-serve)--bench-to=[measure the way to a peer]:peer ID or invite link:' \
    '(--seconds)--bytes=[how much to send]:bytes:' \
    '(--bytes)--seconds=[how long to send]:seconds:' \
    '--streams=[on how many streams at once]:1 to 100:' \
    '(--bench-serve --bench-to 1)--check-network[say what this network does to connections]' \
    '--long[also how long a path is kept]' \
    '(- *)'{-i,--id}'[print your peer ID and exit]' \
    '(- *)--self-test[test the cryptography and exit]' \
    '(- *)'{-h,--help}'[print the options and exit]' \
    '(- *)'{-V,--version}'[print the version and exit]' \
    '1:peer ID or invite link:'
