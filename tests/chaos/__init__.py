"""Faults over the whole pipeline: `make chaos`.

A fault is done to a copy of the finished tiny study, or to its run, and then the command that a
person would type next is started. What follows is judged by the results of a run that nothing
disturbed: the same bytes, or one line that says what is wrong and, after what it asks for, the
same bytes. Anything else is a fault of lingraft: other bytes without a word, a traceback, an end
that does not say why.
"""
