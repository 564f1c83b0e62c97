# SPDX-License-Identifier: Apache-2.0
"""What happened on this host yesterday, by itself: errors, queries, transactions, sizes.

It runs at night, last in line, and reads; the account that looks (`spse_look`) only hands on what it has written. No
text of it has a value: what people have typed, bid or signed in with stays on the host.
"""
