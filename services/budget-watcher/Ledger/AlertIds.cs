using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Pipeline.Runtime;
using Pipeline.Schemas;

namespace Pipeline.BudgetWatcher.Ledger;

/// <summary>An alert's id follows from what it tells: the same crossing has the same id in every process, replay and release.</summary>
internal static class AlertIds
{
    private const string Algorithm = "budget-alert-sha256-v1";
    private const int UuidBytes = 16;

    /// <returns>A UUID of version 8: SHA-256 over instance, period end, threshold, unit and limit, ordinal and kind.</returns>
    public static Guid Of(in AccountKey account, DateTimeOffset periodEnd, AlertKind kind, Crossing crossing)
    {
        var ordinal = DeliberateFaults.Active == DeliberateFault.AlertWithoutOrdinal ? 0 : crossing.Ordinal;
        // A limit of 5 and one of 5.00 are the same: G29 writes no trailing zeros.
        var text = string.Create(CultureInfo.InvariantCulture,
            $"{Algorithm};{account.InstanceId};{periodEnd.UtcTicks};{crossing.ThresholdPercent};{crossing.Unit.Symbol()}:{crossing.Limit:G29};{ordinal};{kind.Symbol()}");
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(text), hash);
        var id = hash[..UuidBytes];
        id[6] = (byte)((id[6] & 0x0f) | 0x80);
        id[8] = (byte)((id[8] & 0x3f) | 0x80);
        return new Guid(id, bigEndian: true);
    }
}
