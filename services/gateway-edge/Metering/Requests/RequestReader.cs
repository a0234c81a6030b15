using System.Collections.Frozen;
using System.Text.Json;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>Reads a request's body in one pass over its bytes. Never throws: what cannot be read is said by the facts.</summary>
internal static class RequestReader
{
    /// <summary>Deeper documents are unreadable; tool schemas of real requests stay below 64.</summary>
    public const int MaxDepth = 256;

    private static readonly JsonReaderOptions Options = new() { MaxDepth = MaxDepth };

    /// <param name="match">What the URL told; its model and stream win over the body's.</param>
    /// <param name="body">The whole body as sent by the caller, at most 8 MiB (the forwarder's bound).</param>
    public static RequestFacts Read(in ApiMatch match, ReadOnlySpan<byte> body)
    {
        var pass = new Pass
        {
            Model = match.UrlModel,
            ModelFromUrl = match.UrlModel is not null,
            IsOpenAI = match.Family.Shape is ReplyShape.OpenAIChat or ReplyShape.OpenAIResponses or ReplyShape.OpenAIEmbeddings,
        };
        var readability = RequestReadability.Empty;
        if (!body.IsEmpty && match.Family.IsMetered)
            readability = pass.Run(body) ? RequestReadability.Read : RequestReadability.Unreadable;

        return new RequestFacts
        {
            Readability = readability,
            Model = pass.Model,
            AsksForStream = pass.Stream || match.Family.IsStreamByUrl,
            IncludeUsage = pass.IncludeUsage,
            InjectionPoint = readability == RequestReadability.Read ? pass.Point : InjectionPoint.None,
            Metadata = pass.Metadata,
            PriceContext = pass.Speed is null
                ? FrozenDictionary<string, string>.Empty
                : new Dictionary<string, string> { ["speed"] = pass.Speed },
        };
    }

    /// <summary>The state of one pass; of a name that stands twice, the last one counts, as JSON readers of providers do.</summary>
    private struct Pass
    {
        public string? Model;
        public bool ModelFromUrl;
        public bool IsOpenAI;
        public bool Stream;
        public string? Speed;
        public IncludeUsageState IncludeUsage;
        public InjectionPoint Point = InjectionPoint.None;
        public MetadataAttribution Metadata;

        public Pass()
        {
        }

        public bool Run(ReadOnlySpan<byte> body)
        {
            try
            {
                var reader = new Utf8JsonReader(body, Options);
                if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                    return false;

                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                    ReadMember(ref reader);

                Point = Point with { RootEnd = (int)reader.TokenStartIndex };
                return !reader.Read();
            }
            catch (Exception failure) when (failure is JsonException or InvalidOperationException)
            {
                return false;
            }
        }

        private void ReadMember(ref Utf8JsonReader reader)
        {
            if (reader.ValueTextEquals("model"u8))
                ReadModel(ref reader);
            else if (reader.ValueTextEquals("stream"u8))
                Stream = reader.Read() && reader.TokenType == JsonTokenType.True;
            else if (reader.ValueTextEquals("stream_options"u8))
                ReadStreamOptions(ref reader);
            else if (IsOpenAI && reader.ValueTextEquals("metadata"u8))
                ReadMetadata(ref reader);
            else if (reader.ValueTextEquals("speed"u8))
                Speed = reader.Read() && reader.TokenType == JsonTokenType.String ? BoundedText.Token(Text(ref reader)) : null;
            else
                reader.Read();

            reader.Skip();
        }

        private void ReadModel(ref Utf8JsonReader reader)
        {
            if (reader.Read() && reader.TokenType == JsonTokenType.String && !ModelFromUrl)
                Model = BoundedText.VisibleAscii(Text(ref reader));
        }

        private void ReadStreamOptions(ref Utf8JsonReader reader)
        {
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            Point = InjectionPoint.None with { OptionsStart = start, OptionsEnd = (int)reader.BytesConsumed };
            IncludeUsage = reader.TokenType == JsonTokenType.Null ? IncludeUsageState.Absent : IncludeUsageState.Malformed;
            if (reader.TokenType != JsonTokenType.StartObject)
                return;

            IncludeUsage = IncludeUsageState.Absent;
            var isEmpty = true;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                isEmpty = false;
                var isIncludeUsage = reader.ValueTextEquals("include_usage"u8);
                reader.Read();
                if (isIncludeUsage)
                {
                    IncludeUsage = reader.TokenType switch
                    {
                        JsonTokenType.True => IncludeUsageState.True,
                        JsonTokenType.False or JsonTokenType.Null => IncludeUsageState.False,
                        _ => IncludeUsageState.Malformed,
                    };
                    Point = Point with { ValueStart = (int)reader.TokenStartIndex, ValueEnd = (int)reader.BytesConsumed };
                }

                reader.Skip();
            }

            Point = Point with { OptionsEnd = (int)reader.BytesConsumed, OptionsIsObject = true, OptionsIsEmpty = isEmpty };
        }

        private void ReadMetadata(ref Utf8JsonReader reader)
        {
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
                return;

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("tenantSlug"u8))
                    Metadata = Metadata with { Tenant = Value(ref reader) };
                else if (reader.ValueTextEquals("userId"u8))
                    Metadata = Metadata with { User = Value(ref reader) };
                else if (reader.ValueTextEquals("feature"u8))
                    Metadata = Metadata with { Feature = Value(ref reader) };
                else if (reader.ValueTextEquals("sessionId"u8))
                    Metadata = Metadata with { Session = Value(ref reader) };
                else if (reader.ValueTextEquals("environment"u8))
                    Metadata = Metadata with { Environment = Value(ref reader) };
                else
                    reader.Read();

                reader.Skip();
            }
        }

        private static string? Value(ref Utf8JsonReader reader) =>
            reader.Read() && reader.TokenType == JsonTokenType.String ? BoundedText.Name(Text(ref reader)) : null;

        private static string? Text(ref Utf8JsonReader reader) => BoundedText.Decode(reader.ValueSpan);
    }
}
