// Answers each line of standard input, a simulation as @cloud-copilot/iam-simulate takes it, with its decision in JSON.
import { createInterface } from 'node:readline'
import { runSimulation } from '@cloud-copilot/iam-simulate'

for await (const line of createInterface({ input: process.stdin })) {
  const answer = await runSimulation(JSON.parse(line), {})
  console.log(JSON.stringify(answer.resultType === 'error' ? { error: answer.errors } : answer.overallResult))
}
