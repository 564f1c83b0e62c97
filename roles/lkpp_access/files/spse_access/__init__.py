# SPDX-License-Identifier: Apache-2.0
"""Who of LKPP may come in on this host, until when, and what is left behind of it.

sshd asks who a certificate may be (`principals`), starts what records a session (`session`), and root brings what was
revoked (`receive`). What decides is in `lease`, which reads nothing by itself.
"""
