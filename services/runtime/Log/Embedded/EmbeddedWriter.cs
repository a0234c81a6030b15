namespace Pipeline.Runtime.Log.Embedded;

/// <summary>Holds a transactional id until the next one takes it over.</summary>
internal sealed class EmbeddedWriter(EmbeddedLog log, string transactionalId, long fence) : ILogWriter
{
    public TransactionResult Execute(LogTransaction transaction) => log.Execute(transactionalId, fence, transaction);

    public void Dispose()
    {
    }
}
