"""The far side of the socket: what runs inside a Lambda worker process, and the frames both sides speak.

Only the standard library is imported here, so that a worker holds nothing of Headgate or of moto. `start.py` loads this
folder under a private package name; the near side imports `frames` as a part of `headgate`.
"""
