"""One process of a storm of activations: eight threads ask for what standard input lists, and print what they were told."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date

import django
from django.conf import settings
from django.db import OperationalError


def main() -> None:
    task = json.load(sys.stdin)
    settings.DATABASES["activation"]["NAME"] = task["database"]
    django.setup()
    from activation import binding, hardware, product_keys
    from activation.hardware import Hardware

    def told(pair: tuple[str, list[int]]) -> str:
        key, units = pair
        asking = Hardware(hardware.PLAIN, (*units, 0, 0, 0, 0))
        request = binding.Request(key=product_keys.read(key), product="srv-std", hardware=asking)
        while True:
            with suppress(OperationalError):  # the key was locked for two seconds: a client would be told to try again
                return str(binding.activate(request=request, today=date.fromisoformat(task["today"])).decision.outcome)

    with ThreadPoolExecutor(8) as threads:
        json.dump(list(threads.map(told, task["pairs"])), sys.stdout)


if __name__ == "__main__":
    main()
