#compdef knothole
# Completion of knothole(1) for zsh.

_arguments \
    '--data-dir=[keep identity, contacts and history in a folder]:folder:_directories' \
    '--server=[use this server]:host[\:port]:_hosts' \
    '--name=[the name that others are shown]:name:' \
    '--new-chat[ask whom to talk to]' \
    '--background[start without a window]' \
    '(- *)--self-test[test the cryptography and exit]' \
    '(- *)--help[print the options and exit]' \
    '(- *)--version[print the version and exit]' \
    '1:peer ID or invite link:'
