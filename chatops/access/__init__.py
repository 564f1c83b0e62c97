"""Access to servers by certificates of OpenSSH: named, for hours, from known addresses, recorded, and revocable."""
