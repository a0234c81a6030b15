namespace Pipeline.UsageEnricher.Repricing;

/// <summary>Event times from <paramref name="Start"/> up to, not including, <paramref name="End"/>.</summary>
internal readonly record struct RepricePeriod(DateTimeOffset Start, DateTimeOffset End);
