using Pipeline.Schemas;
using Pipeline.UsageEnricher.Pricing;
using Pipeline.UsageEnricher.Pricing.Books;

namespace Pipeline.UsageEnricher.Enriching;

/// <summary>
/// What a call cost and how that came about: each pass of it by its own model's entry, then the sum. Never throws over what an event
/// holds, and never says 0 for what it does not know. Not for use by two threads.
/// </summary>
internal sealed class CallPricer(PriceBook book)
{
    private readonly ModelLookup _models = new(book);
    private readonly PassPricer[] _passes = [.. book.Catalogues.Select(static catalogue => new PassPricer(catalogue))];
    private readonly ServedAs _served = new();
    private readonly CostSum _sum = new(book);

    /// <summary>Prices by one catalogue alone.</summary>
    public CallPricer(Catalogue catalogue)
        : this(PriceBook.Of(catalogue))
    {
    }

    public PriceBook Book => book;

    /// <param name="at">Event time.</param>
    public Cost Price(LLMUsageAudit call, DateTimeOffset at)
    {
        _sum.Clear();
        if (Billing.IsRepeat(call) || Billing.IsFreeOperation(call)) return _sum.Without(CostStatus.Free);
        if (CallFigures.IsMissing(call)) return _sum.Without(Billing.IsUncharged(call) ? CostStatus.Free : CostStatus.UsageMissing);

        _served.Read(call);
        if (call.Billed.Count == 0) Add(call, call.Usage, null, isFirst: true, at.UtcDateTime);
        for (var i = 0; i < call.Billed.Count; i++) Add(call, call.Billed[i].Usage, call.Billed[i].Model, i == 0, at.UtcDateTime);
        // Figures that do not add up, or are of one side only, are priced as they were reported, but not as if they were certain and whole.
        if (call.UsageQuality == UsageQuality.Inconsistent || !WholeUsage.IsTold(call)) _sum.Doubt();
        return _sum.ToCost();
    }

    /// <param name="model">Another model than the reply's; null = the reply's.</param>
    /// <param name="isFirst">What is counted once for the call counts with this pass.</param>
    private void Add(LLMUsageAudit call, TokenUsage? usage, string? model, bool isFirst, DateTime at)
    {
        var entry = model is null ? _models.Find(call.Provider, call.ResponseModel, call.RequestModel) : _models.Find(call.Provider, model, null);
        _passes[entry.Catalogue].Price(call, usage, entry, _served, isFirst, at, _sum);
    }
}
