"""The development server: builds what is saved, shows it, and has the open pages follow.

    server      all of it on one event loop: what changed, what came of it, who has to know
      builder     the process that builds; `messages` are what the two say to each other
      present     what is shown at this moment, and who waits for what
      front       the application that browsers see; `responses` what it adds, `answers` what our client asks
      tabs        who hears of which change

The client in the browser is `runtime/dev/`. Nothing of all this is in the files that a build writes.
"""
