"""Measurements that anyone can repeat on the sandbox; nothing here is imported by Headway."""
