using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Pipeline.EsSink.Viewing;
using static Pipeline.AllInOne.Viewing.UsagePage;

namespace Pipeline.AllInOne.Page;

/// <summary>
/// `/usage/figures` (see <see cref="FiguresRequest"/>): everything that the page draws, in one answer, from sums: its work grows with the
/// groups and the periods, not with the events.
/// </summary>
/// <param name="isWhole">False while past events are still being read.</param>
internal sealed class FiguresPage(DocumentView view, BudgetsJson budgets, Func<bool> isWhole, TimeProvider time)
{
    /// <summary>Answers in the making; further requests wait for their turn, so that many open pages cannot take the machine from the calls.</summary>
    private const int MaxAtOnce = 2;

    private readonly SemaphoreSlim _turns = new(MaxAtOnce);

    public void Map(IEndpointRouteBuilder pages) => pages.MapGet("/usage/figures", Serve);

    private async Task Serve(HttpContext context)
    {
        PageFiles.WriteHeaders(context.Response, "no-store");
        context.Response.ContentType = "application/json";
        var now = time.GetUtcNow();
        if (FiguresRequest.Read(context.Request.Query, now, out var problem) is not { } query)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            await context.Response.WriteAsync($$"""{"error":"{{problem}}"}""");
            return;
        }

        var body = new ArrayBufferWriter<byte>();
        await _turns.WaitAsync(context.RequestAborted);
        try
        {
            Write(body, query, now);
        }
        finally
        {
            _turns.Release();
        }

        await context.Response.Body.WriteAsync(body.WrittenMemory, context.RequestAborted);
    }

    private void Write(ArrayBufferWriter<byte> body, FigureQuery query, DateTimeOffset now)
    {
        using var json = new Utf8JsonWriter(body);
        json.WriteStartObject();
        WriteTime(json, "now", now);
        json.WriteString("currency", query.Currency);
        json.WriteStartObject("held");
        json.WriteBoolean("whole", isWhole());
        json.WriteNumber("late", view.LateAfterFold);
        json.WriteEndObject();
        FiguresJson.Write(json, view.Figures(query));
        budgets.Write(json);
        json.WriteEndObject();
    }
}
