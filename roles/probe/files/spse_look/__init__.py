# SPDX-License-Identifier: Apache-2.0
"""One look at this host, in the order in which LKPP looks for what is wrong: machine, network, services, upkeep.

It reads, as an account that may do nothing else. A value is a number under `kind:of`, such as `disk:/home`; a question
with the answer yes or no is 1 or 0. What could not be read is a problem with a reason, and never a missing line.
"""
