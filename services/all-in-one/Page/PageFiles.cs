using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Pipeline.AllInOne.Page;

/// <summary>
/// The files of the page, built into the program: `/` and `/page/FILE`. A browser asks for nothing from elsewhere, and its
/// Content-Security-Policy would not let it.
/// </summary>
internal static class PageFiles
{
    /// <summary>No inline script or style, no foreign host, no form, no frame.</summary>
    public const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private const string Prefix = "Pipeline.AllInOne.Page.";
    private const string Index = "index.html";
    private const int TagBytes = 8;

    private sealed record PageFile(byte[] Bytes, string ContentType, string Tag);

    public static void Map(IEndpointRouteBuilder pages)
    {
        var files = Read();
        pages.MapGet("/", context => Serve(context, files[Index]));
        foreach (var (name, file) in files)
            if (name != Index) pages.MapGet("/page/" + name, context => Serve(context, file));
    }

    /// <summary>Headers of everything that the page reads.</summary>
    public static void WriteHeaders(HttpResponse response, string cacheControl)
    {
        response.Headers.ContentSecurityPolicy = ContentSecurityPolicy;
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers["referrer-policy"] = "no-referrer";
        response.Headers.CacheControl = cacheControl;
    }

    private static Dictionary<string, PageFile> Read()
    {
        var assembly = typeof(PageFiles).Assembly;
        var files = new Dictionary<string, PageFile>(StringComparer.Ordinal);
        foreach (var resource in assembly.GetManifestResourceNames().Where(static name => name.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            using var stream = assembly.GetManifestResourceStream(resource)!;
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            var name = resource[Prefix.Length..];
            files[name] = new PageFile(bytes, ContentTypeOf(name), $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes)[..TagBytes])}\"");
        }

        return files;
    }

    private static Task Serve(HttpContext context, PageFile file)
    {
        // Asked for again on every load, so that a new version is never mixed with an old one's files.
        WriteHeaders(context.Response, "no-cache");
        context.Response.Headers.ETag = file.Tag;
        if (context.Request.Headers.IfNoneMatch == file.Tag)
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }

        context.Response.ContentType = file.ContentType;
        context.Response.ContentLength = file.Bytes.Length;
        return context.Response.Body.WriteAsync(file.Bytes, context.RequestAborted).AsTask();
    }

    private static string ContentTypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        var other => throw new InvalidOperationException($"{name}: {other} has no content type"),
    };
}
