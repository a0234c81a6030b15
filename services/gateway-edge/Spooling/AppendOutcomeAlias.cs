// The spool's appends end as the segment store's do; callers of the spool need not know the store.
global using AppendOutcome = Pipeline.Runtime.Segments.AppendOutcome;
