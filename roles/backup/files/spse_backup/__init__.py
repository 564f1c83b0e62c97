# SPDX-License-Identifier: Apache-2.0
"""Restore points of a host with SPSE: taken, listed, proven and brought back, by pgBackRest and restic.

Runs on the host itself, with what Debian has: Python 3.11, psycopg2, pgBackRest and restic. Timers and playbooks both
call it. Nothing here knows how a backup is written; the tools do.
"""
