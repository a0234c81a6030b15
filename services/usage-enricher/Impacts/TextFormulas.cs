using System.Numerics;

namespace Pipeline.UsageEnricher.Impacts;

/// <summary>
/// The EcoLogits method for text models: what one request took of the machines that answered it.
/// <code>
///   tokens, active ──(1)──► energy of a GPU ─────────────┐
///   tokens, speed, measured latency ──(2)──► duration ───┤
///   total parameters ──(3)──► GPUs that hold the model ──┴─(4) server ─(5) computers ─(6) whole centre ─(7) × electricity, (8) water
///                                                        └─(9) hardware ─(10) share of its lifetime
/// </code>
/// Operations stand in the method's own order: doubles then agree with its reference implementation to the bit. Input tokens do not
/// count. The measured latency caps what goes by time, never the energy of the GPUs. Immutable and safe for many threads.
/// </summary>
internal sealed class TextFormulas
{
    private const double MemoryOverhead = 1.2;
    private const double BitsPerByte = 8;
    private const double WattHoursPerKilowattHour = 1000;
    private const double SecondsPerHour = 3600;

    private readonly MethodConstants _constants;
    private readonly double _energySlope;
    private readonly double _latencyOfBatch;

    public TextFormulas(MethodConstants constants)
    {
        _constants = constants;
        _energySlope = constants.GpuEnergyAlpha * Math.Exp(constants.GpuEnergyBeta * constants.BatchSize);
        _latencyOfBatch = constants.LatencyBeta * constants.BatchSize;
    }

    public ImpactEstimate Estimate(in TextRequest request) => Estimate(request, out _);

    /// <summary>The lower scenario takes the lower end of every range, the upper one the upper.</summary>
    /// <param name="isCapped">The measured latency was shorter than the generation would take, in one of the scenarios.</param>
    public ImpactEstimate Estimate(in TextRequest request, out bool isCapped)
    {
        isCapped = request.LatencySeconds < Generation(request, request.ActiveParameters.Max);
        var low = Of(request, request.ActiveParameters.Min, request.TotalParameters.Min, request.Pue.Min, request.Wue.Min);
        var isScalar = request.ActiveParameters.IsScalar && request.TotalParameters.IsScalar && request.Pue.IsScalar && request.Wue.IsScalar;
        return new ImpactEstimate(
            low, isScalar ? low : Of(request, request.ActiveParameters.Max, request.TotalParameters.Max, request.Pue.Max, request.Wue.Max));
    }

    private ScenarioImpacts Of(in TextRequest request, double active, double total, double pue, double wue)
    {
        var gpuEnergy = request.OutputTokens * ((_energySlope * active + _constants.GpuEnergyGamma) / WattHoursPerKilowattHour);  // (1)
        var seconds = Seconds(request, active);                                                                                  // (2)
        var gpus = Gpus(total);                                                                                                  // (3)
        var servers = gpus / _constants.ServerGpuCount;
        var serverEnergy = seconds / SecondsPerHour * _constants.ServerPower * servers * (1 / _constants.BatchSize);             // (4)
        var computers = serverEnergy + gpus * gpuEnergy;                                                                         // (5)
        var energy = pue * computers;                                                                                            // (6)
        var lifetime = _constants.ServerLifetime * _constants.BatchSize;
        return new ScenarioImpacts(
            energy,
            energy * request.Mix.Gwp,                                                                                            // (7)
            energy * request.Mix.Adpe,
            energy * request.Mix.Pe,
            computers * (wue + pue * request.Mix.Wue),                                                                           // (8)
            seconds * (servers * _constants.ServerEmbodiedGwp + gpus * _constants.GpuEmbodiedGwp) / lifetime,                    // (9), (10)
            seconds * (servers * _constants.ServerEmbodiedAdpe + gpus * _constants.GpuEmbodiedAdpe) / lifetime,
            seconds * (servers * _constants.ServerEmbodiedPe + gpus * _constants.GpuEmbodiedPe) / lifetime);
    }

    private double Seconds(in TextRequest request, double active)
    {
        var generation = Generation(request, active);
        return request.LatencySeconds is { } measured && measured < generation ? measured : generation;
    }

    private double Generation(in TextRequest request, double active)
    {
        var perToken = request.TokensPerSecond is { } speed
            ? 1 / speed
            : _constants.LatencyAlpha * active + _latencyOfBatch + _constants.LatencyGamma;
        return request.OutputTokens * perToken + (request.FirstTokenSeconds ?? 0);
    }

    /// <summary>Models are spread over a power of two of GPUs.</summary>
    private double Gpus(double total)
    {
        var memory = MemoryOverhead * total * _constants.ModelQuantizationBits / BitsPerByte;
        return BitOperations.RoundUpToPowerOf2((ulong)Math.Ceiling(memory / _constants.GpuMemory));
    }
}
