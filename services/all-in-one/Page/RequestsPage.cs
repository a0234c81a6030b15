using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Pipeline.AllInOne.Viewing;
using Pipeline.EsSink.Rendering;
using Pipeline.EsSink.Viewing;
using Pipeline.Schemas;

namespace Pipeline.AllInOne.Page;

/// <summary>
/// `/usage/requests?count=…` with the filters and range of `/usage/figures`, and `outcome` (failed, unpriced): of the newest
/// <see cref="DocumentView.MaxLatest"/> events those that fit, newest first, as lines of `/tail`. `/usage/requests/EVENT_ID`: one of them whole, as the
/// document that Elasticsearch would hold.
/// </summary>
internal sealed class RequestsPage(DocumentView view, TimeProvider time)
{
    private const int DefaultCount = 50;
    private const int MaxCount = 200;
    private const int DocumentBytes = 16 * 1024;

    public void Map(IEndpointRouteBuilder pages)
    {
        pages.MapGet("/usage/requests", List);
        pages.MapGet("/usage/requests/{id}", Show);
    }

    private async Task List(HttpContext context)
    {
        PageFiles.WriteHeaders(context.Response, "no-store");
        context.Response.ContentType = "application/json";
        if (FiguresRequest.Read(context.Request.Query, time.GetUtcNow(), out var problem) is not { } query
            || !TryReadCount(context.Request.Query["count"], out var count, ref problem) || Filter(context.Request.Query["outcome"], ref problem) is not { } isWanted)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            await context.Response.WriteAsync($$"""{"error":"{{problem}}"}""");
            return;
        }

        var body = new ArrayBufferWriter<byte>();
        body.Write("""{"requests":["""u8);
        var found = view.Latest(count, usage => isWanted(usage) && usage.EventTime >= (query.From ?? DateTimeOffset.MinValue) && usage.EventTime < query.To.AddHours(1)
            && query.Wants(UsageGroupKey.Of(usage)));
        for (var i = 0; i < found.Count; i++)
        {
            if (i > 0) body.Write(","u8);
            body.Write(UsageJson.Of(found[i]));
        }

        body.Write("]}"u8);
        await context.Response.Body.WriteAsync(body.WrittenMemory, context.RequestAborted);
    }

    private async Task Show(HttpContext context)
    {
        PageFiles.WriteHeaders(context.Response, "no-store");
        context.Response.ContentType = "application/json";
        if (!Guid.TryParse(context.Request.RouteValues["id"] as string, out var id) || view.FindLatest(id) is not { } usage)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            await context.Response.WriteAsync($$"""{"error":"not one of the newest {{DocumentView.MaxLatest}} events"}""");
            return;
        }

        using var buffer = new DocumentBuffer(DocumentBytes);
        using var document = new UsageDocument(buffer);
        document.Append(usage);
        await context.Response.Body.WriteAsync(buffer.Slice(0, buffer.Length), context.RequestAborted);
    }

    private static bool TryReadCount(string? text, out int count, ref string problem)
    {
        count = DefaultCount;
        if (string.IsNullOrEmpty(text) || (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out count) && count is >= 1 and <= MaxCount)) return true;
        problem = $"count must be 1 to {MaxCount}";
        return false;
    }

    private static Predicate<LlmUsage>? Filter(string? outcome, ref string problem)
    {
        switch (outcome)
        {
            case null or "":
                return static _ => true;
            case "failed":
                return static usage => usage.Outcome != Outcome.Ok;
            case "unpriced":
                return static usage => usage.Cost.Status is not (CostStatus.Priced or CostStatus.Free or CostStatus.AlreadyBooked);
            default:
                problem = "outcome must be failed or unpriced";
                return null;
        }
    }
}
