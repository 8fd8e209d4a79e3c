# Aliases only: what they do is in manage.py, and `python3 manage.py help` tells it.

# Everything that a change must pass
default: check test

check:
    python3 manage.py check

test *arguments:
    python3 manage.py test {{arguments}}

proof *arguments:
    python3 manage.py test -m proof {{arguments}}

demo *arguments:
    python3 manage.py demo {{arguments}}

tour:
    python3 manage.py tour

bench *names:
    python3 manage.py bench {{names}}

# Renew the pages of docs/ that are made from the code
pages:
    python3 manage.py check --write-pages
