"""The kinds of chart repository: every module here declares one as KIND. To add one is to add its module."""
