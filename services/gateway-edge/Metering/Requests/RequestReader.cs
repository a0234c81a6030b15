using System.Buffers;
using System.Collections.Frozen;
using System.Text.Json;
using Pipeline.GatewayEdge.Attribution;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>Reads a request's body in one pass over its bytes. Never throws: what cannot be read is said by the facts.</summary>
internal static class RequestReader
{
    /// <summary>Deeper documents are unreadable; tool schemas of real requests stay below 64.</summary>
    public const int MaxDepth = 256;

    /// <summary>A UTF-8 byte that does not begin a character is 10xxxxxx.</summary>
    private const int ContinuationMask = 0xc0;
    private const int Continuation = 0x80;

    private static readonly JsonReaderOptions Options = new() { MaxDepth = MaxDepth };

    /// <param name="match">What the URL told; its model and stream win over the body's.</param>
    /// <param name="body">The whole body as sent by the caller, at most 8 MiB (the forwarder's bound); of a form also its start alone.</param>
    public static RequestFacts Read(in ApiMatch match, ReadOnlySpan<byte> body)
    {
        var pass = new Pass
        {
            Model = match.UrlModel,
            ModelFromUrl = match.UrlModel is not null,
            IsSpoken = match.Family.IsSpoken,
            IsOpenAI = match.Family.Shape is ReplyShape.OpenAIChat or ReplyShape.OpenAIResponses or ReplyShape.OpenAIEmbeddings,
        };
        var readability = RequestReadability.Empty;
        if (!body.IsEmpty && match.Family.IsMetered)
            readability = Run(ref pass, match.Family, body) ? RequestReadability.Read : RequestReadability.Unreadable;

        return new RequestFacts
        {
            Readability = readability,
            Model = pass.Model,
            AsksForStream = match.Family.IsStreamByUrl || (pass.Stream ?? match.Family.StreamsUnlessTold && readability == RequestReadability.Read),
            IncludeUsage = pass.IncludeUsage,
            InjectionPoint = readability == RequestReadability.Read ? pass.Point : InjectionPoint.None,
            Quantities = pass.Characters is { } characters
                ? new Dictionary<string, decimal> { ["characters"] = characters }
                : FrozenDictionary<string, decimal>.Empty,
            Metadata = pass.Metadata,
            PriceContext = pass.Speed is null
                ? FrozenDictionary<string, string>.Empty
                : new Dictionary<string, string> { ["speed"] = pass.Speed },
        };
    }

    private static bool Run(ref Pass pass, ApiFamily family, ReadOnlySpan<byte> body) =>
        family.MayBeForm && new FormReader(body) is { IsForm: true } form ? pass.Run(form) : pass.Run(body);

    /// <summary>The state of one pass; of a name that stands twice, the last one counts, as JSON readers of providers do.</summary>
    private struct Pass
    {
        public string? Model;
        public bool ModelFromUrl;
        public bool IsOpenAI;
        public bool IsSpoken;
        public bool? Stream;
        public long? Characters;
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

        public bool Run(FormReader form)
        {
            while (form.TryRead(out var name, out var value))
            {
                if (name.SequenceEqual("model"u8) && !ModelFromUrl)
                    Model = BoundedText.VisibleAscii(FormReader.Text(value));
                else if (name.SequenceEqual("stream"u8))
                    Stream = value.SequenceEqual("true"u8) || value.SequenceEqual("True"u8) || value.SequenceEqual("1"u8);
            }

            return true;
        }

        private void ReadMember(ref Utf8JsonReader reader)
        {
            if (reader.ValueTextEquals("model"u8))
                ReadModel(ref reader);
            else if (reader.ValueTextEquals("stream"u8))
                Stream = reader.Read() && reader.TokenType == JsonTokenType.True;
            else if (reader.ValueTextEquals("stream_options"u8))
                ReadStreamOptions(ref reader);
            else if (IsSpoken && reader.ValueTextEquals("input"u8))
                Characters = reader.Read() && reader.TokenType == JsonTokenType.String ? CountCharacters(ref reader) : null;
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
                if (reader.ValueTextEquals("tenant"u8))
                    Metadata = Metadata with { Tenant = Value(ref reader) };
                else if (reader.ValueTextEquals("tenantSlug"u8))
                    Metadata = Metadata with { TenantSlug = Value(ref reader) };
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

        /// <summary>Code points, not bytes: what a speaker reads.</summary>
        private static long CountCharacters(ref Utf8JsonReader reader)
        {
            var decoded = ArrayPool<byte>.Shared.Rent(reader.ValueSpan.Length);
            var length = reader.CopyString(decoded);
            var characters = 0L;
            foreach (var value in decoded.AsSpan(0, length))
                characters += (value & ContinuationMask) == Continuation ? 0 : 1;

            ArrayPool<byte>.Shared.Return(decoded, clearArray: true);
            return characters;
        }

        private static MetadataValue Value(ref Utf8JsonReader reader)
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.String)
                return default;

            if (reader.ValueSpan.Length > BoundedText.MaxRawBytes)
                return new MetadataValue(null, DropReason.TooLong);

            var text = Text(ref reader);
            var fault = text is null ? DropReason.BadEncoding : AttributionText.Check(text);
            return new MetadataValue(fault == DropReason.None ? text : null, fault);
        }

        private static string? Text(ref Utf8JsonReader reader) => BoundedText.Decode(reader.ValueSpan);
    }
}
