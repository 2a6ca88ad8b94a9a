"""Every reader of Headway against random input: whatever comes, the end is a value, or an error of headway.errors."""
