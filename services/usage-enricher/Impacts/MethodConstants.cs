using System.Collections.Frozen;

namespace Pipeline.UsageEnricher.Impacts;

/// <summary>
/// Figures of the method that no request changes: regressions measured on one kind of GPU, a reference server, its making.
/// Their values are data; 0 = not told.
/// </summary>
internal sealed record MethodConstants
{
    /// <summary>Energy of one GPU per token and 1e9 active parameters, Wh.</summary>
    public double GpuEnergyAlpha { get; init; }

    /// <summary>Exponent of the energy by batch size, 1 per request.</summary>
    public double GpuEnergyBeta { get; init; }

    /// <summary>Energy of one GPU per token of the smallest model, Wh.</summary>
    public double GpuEnergyGamma { get; init; }

    /// <summary>Seconds per token and 1e9 active parameters.</summary>
    public double LatencyAlpha { get; init; }

    /// <summary>Seconds per token and request of the batch.</summary>
    public double LatencyBeta { get; init; }

    /// <summary>Seconds per token of the smallest model.</summary>
    public double LatencyGamma { get; init; }

    /// <summary>Requests that a server works on at a time.</summary>
    public double BatchSize { get; init; }

    /// <summary>Bits of one weight.</summary>
    public double ModelQuantizationBits { get; init; }

    /// <summary>GB.</summary>
    public double GpuMemory { get; init; }

    public double GpuEmbodiedGwp { get; init; }
    public double GpuEmbodiedAdpe { get; init; }
    public double GpuEmbodiedPe { get; init; }

    /// <summary>GPUs that a server has.</summary>
    public double ServerGpuCount { get; init; }

    /// <summary>Of a server without its GPUs, kW.</summary>
    public double ServerPower { get; init; }

    /// <summary>Of a server without its GPUs, kg CO2e.</summary>
    public double ServerEmbodiedGwp { get; init; }

    /// <summary>Of a server without its GPUs, kg Sb eq.</summary>
    public double ServerEmbodiedAdpe { get; init; }

    /// <summary>Of a server without its GPUs, MJ.</summary>
    public double ServerEmbodiedPe { get; init; }

    /// <summary>Seconds.</summary>
    public double ServerLifetime { get; init; }

    /// <summary>The method's own names, in data files and rows.</summary>
    public static IEnumerable<string> Names => Setters.Keys;

    private static readonly FrozenDictionary<string, Func<MethodConstants, double, MethodConstants>> Setters =
        new Dictionary<string, Func<MethodConstants, double, MethodConstants>>(StringComparer.Ordinal)
        {
            ["gpu_energy_alpha"] = static (all, value) => all with { GpuEnergyAlpha = value },
            ["gpu_energy_beta"] = static (all, value) => all with { GpuEnergyBeta = value },
            ["gpu_energy_gamma"] = static (all, value) => all with { GpuEnergyGamma = value },
            ["latency_alpha"] = static (all, value) => all with { LatencyAlpha = value },
            ["latency_beta"] = static (all, value) => all with { LatencyBeta = value },
            ["latency_gamma"] = static (all, value) => all with { LatencyGamma = value },
            ["batch_size"] = static (all, value) => all with { BatchSize = value },
            ["model_quantization_bits"] = static (all, value) => all with { ModelQuantizationBits = value },
            ["gpu_memory"] = static (all, value) => all with { GpuMemory = value },
            ["gpu_embodied_gwp"] = static (all, value) => all with { GpuEmbodiedGwp = value },
            ["gpu_embodied_adpe"] = static (all, value) => all with { GpuEmbodiedAdpe = value },
            ["gpu_embodied_pe"] = static (all, value) => all with { GpuEmbodiedPe = value },
            ["server_gpu_count"] = static (all, value) => all with { ServerGpuCount = value },
            ["server_power"] = static (all, value) => all with { ServerPower = value },
            ["server_embodied_gwp"] = static (all, value) => all with { ServerEmbodiedGwp = value },
            ["server_embodied_adpe"] = static (all, value) => all with { ServerEmbodiedAdpe = value },
            ["server_embodied_pe"] = static (all, value) => all with { ServerEmbodiedPe = value },
            ["server_lifetime"] = static (all, value) => all with { ServerLifetime = value },
        }.ToFrozenDictionary(StringComparer.Ordinal);

    public static bool IsName(string name) => Setters.ContainsKey(name);

    /// <summary>What is divided by must be above 0, an exponent may be below; everything else is an amount.</summary>
    /// <exception cref="FormatException">The value cannot be that constant.</exception>
    public static double Bounded(string name, double value)
    {
        var isIn = name switch
        {
            "gpu_energy_beta" => double.IsFinite(value),
            "batch_size" or "gpu_memory" or "model_quantization_bits" or "server_gpu_count" or "server_lifetime" => value >= 1e-6 && value <= 1e12,
            _ => value >= 0 && value <= 1e12,
        };
        return isIn ? value : throw new FormatException($"{name} is out of bounds");
    }

    /// <param name="name">One of <see cref="Names"/>.</param>
    public MethodConstants With(string name, double value) => Setters[name](this, value);
}
