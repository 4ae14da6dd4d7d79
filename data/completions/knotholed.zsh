#compdef knotholed
# Completion of knotholed(1) for zsh.

_arguments \
    '*--listen=[listen on this address only]:address:' \
    '--port=[UDP and TCP port]:port:' \
    '--second-port=[second UDP port]:port:' \
    '--no-tcp[take no TCP connections on the first port]' \
    '--tcp-port=[one more TCP port]:port:(443)' \
    '--no-relay[relay nothing]' \
    '--relay-rate=[relay so many Mbit a second for one peer]:Mbit:' \
    '--relay-volume=[relay so many GB a day for one peer]:GB:' \
    "--config=[read the relay's settings from a file]:file:_files" \
    '--state-dir=[keep the key in a folder]:folder:_directories' \
    '(- *)--print-key[print the public key and exit]' \
    '(- *)--self-test[test the cryptography and exit]' \
    '(- *)--help[print the options and exit]' \
    '(- *)--version[print the version and exit]'
