namespace Pipeline.Simulation.Tests.Log;

/// <summary>What becomes of a request to commit.</summary>
internal enum CommitFate
{
    /// <summary>It arrives and its answer too.</summary>
    Answered,

    /// <summary>It arrives; the answer is lost.</summary>
    AnswerLost,

    /// <summary>It is lost: the transaction stays open until someone ends it.</summary>
    RequestLost,

    /// <summary>It arrives after the one who sent it has given up waiting.</summary>
    Late,
}

/// <summary>What happens around one process while it talks to the brokers: by default nothing.</summary>
internal class Surroundings
{
    /// <summary>Called wherever the process touches the log: it may be killed here, or others may go on before it does.</summary>
    public virtual void Touch(string point)
    {
    }

    /// <summary>The brokers cannot be reached.</summary>
    public virtual bool IsAway => false;

    /// <summary>The client's own thread tells the group's coordinator that the process lives.</summary>
    public virtual bool IsHeartbeating => true;

    public virtual CommitFate NextCommitFate() => CommitFate.Answered;

    /// <summary>Told when the brokers ended a transaction by themselves: it timed out, or its batch's generation had ended.</summary>
    public virtual void Ended(bool byTimeout)
    {
    }

    /// <summary>How much of what could be read comes with one read.</summary>
    public virtual int Fetched(int maxRecords) => maxRecords;
}
