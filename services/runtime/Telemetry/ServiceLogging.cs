using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Pipeline.Runtime.Hosting;

namespace Pipeline.Runtime.Telemetry;

/// <summary>Log lines go to standard error, one line each, because standard output may be data.</summary>
internal static class ServiceLogging
{
    public static ILoggerFactory Create(TelemetryOptions options) => LoggerFactory.Create(logging =>
    {
        var least = Enum.Parse<LogLevel>(options.LogLevel.ToString());
        logging.SetMinimumLevel(least);
        // Every request to a probe would be a line otherwise; failing to start is told by the service itself, in one line.
        logging.AddFilter("Microsoft", least > LogLevel.Warning ? least : LogLevel.Warning);
        logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        if (options.LogFormat == LogFormat.Json)
        {
            logging.AddJsonConsole(static json =>
            {
                json.UseUtcTimestamp = true;
                json.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ";
            });
        }
        else
        {
            logging.AddSimpleConsole(static line =>
            {
                line.SingleLine = true;
                line.UseUtcTimestamp = true;
                line.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
                line.ColorBehavior = LoggerColorBehavior.Disabled;
            });
        }

        logging.Services.Configure<ConsoleLoggerOptions>(static console => console.LogToStandardErrorThreshold = LogLevel.Trace);
    });
}
