"""The plain script's one S3 process: `get KEY FILE` and `put KEY FILE`, a line each, answered by `ok` or the error."""

import os
import sys
from pathlib import Path

import boto3
from botocore.config import Config


def main(place: str) -> None:
    """`place`: a bucket, or bucket/prefix."""
    bucket, _, prefix = place.partition("/")
    folder = f"{prefix}/" if prefix else ""
    s3 = boto3.client(
        "s3",
        endpoint_url=os.environ["S3_ENDPOINT"],
        region_name=os.environ["AWS_DEFAULT_REGION"],
        config=Config(s3={"addressing_style": "path"}),
    )
    for line in sys.stdin:
        verb, key, file = line.split()
        try:
            if verb == "get":
                Path(file).write_bytes(s3.get_object(Bucket=bucket, Key=folder + key)["Body"].read())
            else:
                s3.put_object(Bucket=bucket, Key=folder + key, Body=Path(file).read_bytes())
        except Exception as error:  # noqa: BLE001 # said to the script, which ends with it
            print(" ".join(str(error).split()), flush=True)
        else:
            print("ok", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
