"""What tests ask an explorer, and how they wait until it has answered."""

SCENARIO = {"doses": ["naltrexone 50 mg oral every 24 h x 3", "heroin 25 mg iv at 2 d"], "duration": "4 d"}
OTHER = SCENARIO | {"doses": ["naltrexone 380 mg im-depot"]}
UNFINISHED = ("waiting", "running")


def wait(ask, ticket):
    """The job when it is no longer on its way."""
    job = ticket
    while job["state"] in UNFINISHED:
        job = ask.get(f"/api/jobs/{job['id']}?wait=1").json()
    return job
