using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Pipeline.AllInOne;

/// <summary>`/`: what there is to look at.</summary>
internal static class IndexPage
{
    private const string Text = """
        all-in-one
          /usage    who spent what: ?from=2026-01-31T12:00:00Z&to=..., and where the budgets stand
          /tail     events as they come (server-sent events)
          /healthz  the process lives
          /readyz   every part's state, with reasons
          /metrics  Prometheus text

        """;

    public static void Map(IEndpointRouteBuilder pages) => pages.MapGet("/", static context =>
    {
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(Text);
    });
}
