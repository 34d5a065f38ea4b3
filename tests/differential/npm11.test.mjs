import { suite } from './suite.mjs'

suite(11)
