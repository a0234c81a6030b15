using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Pipeline.AllInOne.Page;
using Pipeline.BudgetWatcher.Ledger;
using Pipeline.BudgetWatcher.Rules;
using Pipeline.EsSink.Viewing;

namespace Pipeline.AllInOne.Tests.Page;

/// <summary>The page and its endpoints over a view, at a time of the test's.</summary>
internal sealed class PageServer : IAsyncDisposable
{
    private readonly WebApplication _server;

    private PageServer(WebApplication server, HttpClient http) => (_server, Http) = (server, http);

    public HttpClient Http { get; }

    public static async Task<PageServer> Start(DocumentView view, DateTimeOffset now)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddRoutingCore();
        var server = builder.Build();
        var time = new StoppedTime(now);
        PageFiles.Map(server);
        new FiguresPage(view, new BudgetsJson(BudgetSet.Empty, new BudgetStandings(), new BurnBook()), static () => true, time).Map(server);
        new RequestsPage(view, time).Map(server);
        await server.StartAsync();
        var address = server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return new PageServer(server, new HttpClient { BaseAddress = new Uri(address), Timeout = TimeSpan.FromSeconds(60) });
    }

    public async Task<JsonElement> Json(string path) => JsonDocument.Parse(await Http.GetStringAsync(path)).RootElement;

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _server.DisposeAsync();
    }

    private sealed class StoppedTime(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
