"""What Prefect calls the kinds of blocks by which things are registered: their classes take long to import."""

APPLICATION, SITE, CLUSTER = "headway-application", "headway-site", "headway-cluster"
