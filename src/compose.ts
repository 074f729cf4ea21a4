/** The only file that knows every feature: who takes which event, which tables the journal writes, which jobs run. */
