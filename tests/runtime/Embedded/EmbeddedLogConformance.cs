using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Log.Embedded;
using Pipeline.Runtime.Segments;
using Pipeline.Runtime.Tests.Log;
using Pipeline.Runtime.Tests.Segments;
using Xunit;

namespace Pipeline.Runtime.Tests.Embedded;

/// <summary>What every engine must do, on real files.</summary>
public sealed class EmbeddedLogOnFilesTests : LogConformance, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    protected override ILog OpenLog()
    {
        var opening = EmbeddedLog.Open(_folder.Path, new EmbeddedLogOptions(64 * 1024), TimeProvider.System, NullLogger.Instance);
        Assert.Null(opening.Failure);
        return opening.Log!;
    }

    void IDisposable.Dispose()
    {
        base.Dispose();
        _folder.Dispose();
    }
}

/// <summary>The same in memory, as the simulation uses it.</summary>
public sealed class EmbeddedLogInMemoryTests : LogConformance
{
    protected override ILog OpenLog() =>
        EmbeddedLog.Open(new SimulatedDisk(new Random(1)).Root, new EmbeddedLogOptions(64 * 1024, FsyncPolicy.EachAppend), TimeProvider.System, Guid.NewGuid, NullLogger.Instance).Log!;
}
