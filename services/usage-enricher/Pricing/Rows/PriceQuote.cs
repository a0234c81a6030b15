using System.Text.Json;

namespace Pipeline.UsageEnricher.Pricing.Rows;

/// <summary>Why a row has no price.</summary>
internal enum QuoteFault { None, ProviderNotFound, ModelNotFound, InvalidUsage }

/// <summary>A row's price in USD, not rounded.</summary>
/// <param name="Total">Input and output, and what has no side: requests, searches, plain durations.</param>
internal readonly record struct PriceQuote(QuoteFault Fault, string Provider, string Model, decimal Input, decimal Output, decimal Total)
{
    public static PriceQuote Failed(QuoteFault fault) => new(fault, "", "", 0, 0, 0);
}

/// <summary>Prices rows one after the other. Not for use by two threads.</summary>
internal sealed class RowPricer(Catalogue catalogue)
{
    private readonly UsageFigures _figures = new(catalogue.Units);
    private readonly PricedLine[] _lines = new PricedLine[UnitRegistry.MaxUnits];

    public PriceQuote Price(in PriceRow row)
    {
        if (!TryReadUsage(row.Usage)) return PriceQuote.Failed(QuoteFault.InvalidUsage);

        var answer = catalogue.Find(row.Provider, row.Model, row.ApiUrl);
        if (answer.Provider is null) return PriceQuote.Failed(QuoteFault.ProviderNotFound);
        if (answer.Model is null) return PriceQuote.Failed(QuoteFault.ModelNotFound);

        MinimumDuration.Apply(answer, _figures);
        var block = answer.Model.Select(row.At, answer.IsBorrowed ? null : row.Context).Block;
        if (!block.TryPrice(_figures, _lines)) return PriceQuote.Failed(QuoteFault.InvalidUsage);

        var (input, output, total) = (0m, 0m, 0m);
        foreach (ref readonly var line in _lines.AsSpan(0, block.Count))
        {
            total += line.Amount;
            if (line.Unit.Direction == UnitDirection.Input) input += line.Amount;
            else if (line.Unit.Direction == UnitDirection.Output) output += line.Amount;
        }

        return new PriceQuote(QuoteFault.None, answer.Provider.Id, answer.Model.Id, input, output, total);
    }

    /// <summary>Figures of unknown names are ignored, whatever they hold; null is not reported; requests are never reported.</summary>
    private bool TryReadUsage(JsonElement usage)
    {
        _figures.Clear();
        if (usage.ValueKind != JsonValueKind.Object) return false;

        foreach (var unit in catalogue.Units.Units)
        {
            if (unit.Name == UnitRegistry.Requests) continue;
            if (!usage.TryGetProperty(unit.Name, out var value) || value.ValueKind == JsonValueKind.Null) continue;
            if (value.ValueKind != JsonValueKind.Number || !value.TryGetDecimal(out var figure)) return false;
            if (figure is < 0 or > UsageFigures.MaxFigure) return false;
            _figures.Report(unit.Index, figure);
        }

        return true;
    }
}
